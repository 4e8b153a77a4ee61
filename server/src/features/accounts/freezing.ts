import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, Row } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { passkeyEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { forgetDevices } from '../devices/devices.ts'
import { imposeHolds } from '../holds/holds.ts'
import { takeNoticeLink } from '../notices/notices.ts'
import { deleteEmailChange } from './email-change-store.ts'
import { newToken, tokenDigest, tokenMail } from './mail-tokens.ts'
import { endAccess } from './session-end.ts'
import { frozenBy } from './standing.ts'
import { deletePasskeysSince, deleteRecoveryCodesSince, findAnyAccountByEmail, hasPasskey } from './store.ts'

const errors = defineErrors('accounts', {
  noticeTokenInvalid: [422, 'Notice token is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/**
 * Takes the link of a notice from somebody who says that the change was not theirs: the account is frozen until a new
 * password is chosen by the mail this sends, its sessions end, API keys are switched off, second factors and recovery codes
 * that are no older than the notice go, and the e-mail is again the one the notice went to.
 */
export async function freeze(needs: Needs, token: string): Promise<void> {
  try {
    await needs.db.transaction().execute((tx) => freezeWith(needs, tx, token))
  } catch (error) {
    // Somebody signed up with the former address between look and write; now it is seen to be taken.
    if (!isUniqueViolation(error)) throw error
    await needs.db.transaction().execute((tx) => freezeWith(needs, tx, token))
  }
}

async function freezeWith(needs: Needs, tx: Tx, token: string): Promise<void> {
  const { clock, outbox, ring } = needs
  const link = await takeNoticeLink(needs, tx, token)
  const account = link && (await lockAccount(tx, link.account_id))
  if (!account || account.discarded_at !== null || account.state === 'banned') throw errors.noticeTokenInvalid()
  const now = iso(clock.now())
  const reset = newToken()
  const isIntrudersApp = account.otp_enabled_at !== null && account.otp_enabled_at >= link.created_at
  const frozen = await updateAccount(needs, tx, account, {
    // A lock of the staff stays theirs.
    frozen_at: frozenBy(account) === 'staff' ? account.frozen_at : now,
    ...(isIntrudersApp ? NO_APP : {}),
    ...NO_ENROLMENT,
    email: await formerEmail(tx, account, link),
    reset_password_digest: tokenDigest(ring, 'reset-password', reset),
    reset_password_sent_at: now,
  })
  await audit(needs, tx, { action: 'account.frozen', account_id: account.id })
  await endAccess(needs, tx, frozen)
  await forgetDevices(needs, tx, account.id)
  await deleteEmailChange(tx, account.id)
  if (isIntrudersApp) {
    await audit(needs, tx, { action: 'otp.disabled', account_id: account.id })
    await imposeHolds(needs, tx, frozen, 'second_factor_removed')
  }
  await removeIntrudersPasskeys(needs, tx, frozen, link.created_at)
  const hasFactor = frozen.otp_enabled_at !== null || (await hasPasskey(tx, account.id))
  await deleteRecoveryCodesSince(tx, account.id, hasFactor ? link.created_at : undefined)
  await outbox.record(tx, account.id, tokenMail(needs, 'reset-password', frozen.email, reset))
}

/** Whoever turned the app on has the secret; its owner would be asked for codes of it after the new password. */
const NO_APP = { otp_secret_sealed: null, otp_enabled_at: null, otp_last_step: null } as const
const NO_ENROLMENT = { otp_pending_sealed: null, otp_pending_until: null } as const

/** The address the notice went to, unless it is another account's by now. */
async function formerEmail(tx: Tx, account: Account, { email }: Row<'notice_links'>): Promise<string> {
  if (email === account.email) return email
  return (await findAnyAccountByEmail(tx, email)) ? account.email : email
}

/** Whoever made the change may have added a passkey with it, which would sign in after the new password, too. */
async function removeIntrudersPasskeys({ clock, outbox }: Needs, tx: Tx, account: Account, since: string) {
  for (const passkey of await deletePasskeysSince(tx, account.id, since)) {
    await outbox.record(tx, account.id, eventMessage(passkeyEvent('deleted', account, passkey)))
    await audit({ clock }, tx, { action: 'passkey.removed', account_id: account.id, details: { id: passkey.uid } })
  }
}
