import type { Deps } from '../../deps.ts'
import { DAY, iso, isoSeconds } from '../../lib/clock.ts'
import { urlToken } from '../../lib/ids.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, AccountFacts, Row } from '../../platform/db/schema.ts'
import { tokenLink } from '../../platform/mail/links.ts'
import { deviceName } from './device-name.ts'
import { deleteExpiredLinks, insertLink, takeLink } from './store.ts'

export { plainName } from './device-name.ts'

/** What people are told of; the words stand in the template `security_notice`. */
export type Notice =
  | 'password_changed'
  | 'second_factor_enabled'
  | 'second_factor_disabled'
  | 'recovery_codes_made'
  | 'recovery_code_used'
  | 'passkey_added'
  | 'passkey_removed'
  | 'email_changed'
  | 'phone_verified'
  | 'hold_set'
  | 'new_device'
  | 'api_key_created'
  | 'api_key_changed'
  | 'api_key_removed'

/** What those who run the server did to an account, and what followed of itself; the words stand in the template `account_notice`. */
export type AccountNotice =
  | 'role_changed'
  | 'account_locked'
  | 'account_unlocked'
  | 'account_banned'
  | 'account_readmitted'
  | 'account_discarded'
  | 'account_restored'
  | 'api_keys_switched_off'

/** How long a notice's link works. */
const LINK_LIFETIME = 7 * DAY
const TOKEN_BYTES = 24
const CLEANED_AT_ONCE = 500
const PURPOSE = 'notice-digest'

type Needs = Pick<Deps, 'clock' | 'config' | 'outbox' | 'ring'>

/**
 * Tells the account's owner by mail what changed, in the transaction that changes it, unless SECURITY_NOTICES leaves
 * that out. `detail` names the thing: a phone number's end, a key's id; `until` tells when it ends.
 */
export async function notify(
  needs: Needs,
  tx: Tx,
  account: AccountFacts,
  notice: Notice,
  detail = '',
  until = '',
): Promise<void> {
  if (needs.config.values.SECURITY_NOTICES) await mailNotice(needs, tx, account, notice, { detail, until })
}

/** Tells the account's owner by mail that somebody signs in from a device that is new, unless NEW_DEVICE_NOTICES leaves it out. */
export async function notifyOfSignIn(needs: Needs, tx: Tx, account: AccountFacts): Promise<void> {
  if (!needs.config.values.NEW_DEVICE_NOTICES || !needs.config.values.SECURITY_NOTICES) return
  const { address, country = '', user_agent } = whoActs()
  const words = { detail: deviceName(user_agent), address: address ?? '', country }
  await mailNotice(needs, tx, account, 'new_device', words)
}

async function mailNotice(
  needs: Needs,
  tx: Tx,
  account: AccountFacts,
  notice: Notice,
  words: Readonly<Record<string, string>>,
): Promise<void> {
  const { clock, config, outbox, ring } = needs
  const token = urlToken(TOKEN_BYTES)
  const now = clock.now()
  await insertLink(tx, {
    account_id: account.id,
    digest: ring.digest(PURPOSE, token),
    email: account.email,
    created_at: iso(now),
    expires_at: iso(now + LINK_LIFETIME),
  })
  await outbox.record(tx, account.id, {
    channel: 'mail',
    template: 'security_notice',
    to: account.email,
    variables: {
      notice,
      ...words,
      email: account.email,
      time: timeText(now),
      link: tokenLink(config, { path: '/accounts/not_me', name: 'notice_token', token }),
      app_name: config.values.APP_NAME,
    },
  })
}

/**
 * Tells the account's owner by mail what was done to the account, in the transaction that does it, unless SECURITY_NOTICES
 * leaves that out. Without a link: nobody got in, and the staff is asked by word of mouth.
 */
export async function notifyOfAccount(
  { clock, config, outbox }: Pick<Deps, 'clock' | 'config' | 'outbox'>,
  tx: Tx,
  { id, email }: Pick<Account, 'id' | 'email'>,
  notice: AccountNotice,
  detail = '',
): Promise<void> {
  if (!config.values.SECURITY_NOTICES) return
  const variables = { notice, detail, email, time: timeText(clock.now()), app_name: config.values.APP_NAME }
  await outbox.record(tx, id, { channel: 'mail', template: 'account_notice', to: email, variables })
}

const timeText = (now: number): string => isoSeconds(iso(now)).replace('T', ' ').replace('Z', ' UTC')

/**
 * Takes the token of a notice's link, once, with all links mailed after it: whoever had the account's mail first is
 * believed, and not who took it over since. `undefined`: there is no such link, or no more.
 */
export const takeNoticeLink = (
  { clock, ring }: Pick<Deps, 'clock' | 'ring'>,
  tx: Tx,
  token: string,
): Promise<Row<'notice_links'> | undefined> => takeLink(tx, ring.digests(PURPOSE, token), iso(clock.now()))

/** Removes links whose time is over, a batch at a time; returns how many went. */
export const cleanNoticeLinks = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredLinks(db, iso(clock.now()), CLEANED_AT_ONCE)
