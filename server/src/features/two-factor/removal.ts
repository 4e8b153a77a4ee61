import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { endAccess } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { removeAllPasskeys } from '../passkeys/passkeys.ts'
import { reauthenticate } from './reauthentication.ts'
import { removeRecoveryCodes } from './store.ts'

const errors = defineErrors('two-factor', {
  notEnabled: [400, '2FA has not been enabled for this account'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault'>

/** Turns the second factor off for somebody who proves password and code; ends all access but the session that asks. */
export async function removeTwoFactor(
  needs: Needs & Pick<Deps, 'passwords' | 'limits'>,
  caller: Caller,
  proof: { password: string; code: string },
): Promise<void> {
  if (caller.account.otp_enabled_at === null) throw errors.notEnabled()
  await reauthenticate(needs, caller, proof, (tx, holder) => remove(needs, tx, holder, caller.session.jti))
}

/** Removes all second factors of somebody who lost them, as an operator vouches for; ends all sessions. */
export const disableTwoFactor = (needs: Needs, { id }: Account): Promise<Account> =>
  needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    const passkeys = await removeAllPasskeys(needs, tx, account)
    if (passkeys === 0 || account.otp_enabled_at !== null) return remove(needs, tx, account)
    await endAccess(needs, tx, account)
    return account
  })

async function remove(needs: Needs, tx: Tx, account: Account, except?: string): Promise<Account> {
  if (account.otp_enabled_at === null) throw errors.notEnabled()
  const after = await updateAccount(needs, tx, account, {
    otp_secret_sealed: null,
    otp_enabled_at: null,
    otp_last_step: null,
    otp_pending_sealed: null,
    otp_pending_until: null,
  })
  await removeRecoveryCodes(tx, account.id)
  await audit(needs, tx, { action: 'otp.disabled', account_id: account.id })
  await endAccess(needs, tx, after, except)
  await notify(needs, tx, after, 'second_factor_disabled')
  await imposeHolds(needs, tx, after, 'second_factor_removed')
  return after
}
