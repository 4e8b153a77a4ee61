import type { Deps } from '../../deps.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { hasPasskeys } from '../passkeys/passkeys.ts'

const errors = defineErrors('duties', {
  change_password: [403, 'Please change your password first'],
  set_up_second_factor: [403, 'Please set up a second factor first'],
})

/** What somebody has to do before anything else is let them do. */
export type Duty = 'change_password' | 'set_up_second_factor'

type Owner = Pick<Account, 'id' | 'password_given_at' | 'otp_enabled_at'>

/**
 * What the account's owner has to do first: replace a password that somebody else chose; set up a second factor where
 * REQUIRE_SECOND_FACTOR asks everybody for one. Reads nothing where neither can be.
 */
export function dutyOf(
  { config }: Pick<Deps, 'config'>,
  db: Db,
  { id, password_given_at, otp_enabled_at }: Owner,
): Promise<Duty | undefined> | Duty | undefined {
  if (password_given_at !== null) return 'change_password'
  if (config.values.REQUIRE_SECOND_FACTOR === 'staff' || otp_enabled_at !== null) return undefined
  return hasPasskeys(db, id).then((has) => (has ? undefined : 'set_up_second_factor'))
}

/** The refusal that names the duty. */
export const refusalOf = (duty: Duty): Refusal => errors[duty]()

/** Refuses whatever is done for an account whose owner has to do something else first. */
export async function refuseDuty({ config, db }: Pick<Deps, 'config' | 'db'>, account: Owner): Promise<void> {
  const duty = await dutyOf({ config }, db, account)
  if (duty) throw refusalOf(duty)
}

/**
 * Whom tokens of the account are for: services that verify them by themselves are told by `aud` that a duty comes first,
 * which leaves this server.
 */
export async function audienceOf(
  needs: Pick<Deps, 'config'>,
  db: Db,
  account: Owner,
  audience: readonly string[],
): Promise<readonly string[]> {
  return (await dutyOf(needs, db, account)) === undefined ? audience : ['barong']
}
