import type { Deps } from '../../deps.ts'
import { DAY, iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, Row } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import type { MailMessage } from '../../platform/events/outbox.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { tokenLink } from '../../platform/mail/links.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { lockCaller } from './callers.ts'
import { isEmail, normalizeEmail } from './email.ts'
import {
  deleteEmailChange,
  deleteExpiredEmailChanges,
  findEmailChange,
  findEmailChangeByDigest,
  noteAgreement,
  replaceEmailChange,
} from './email-change-store.ts'
import { inHidingTime } from './hiding.ts'
import type { EmailChangeView } from './schema.ts'
import { endAccess } from './session-end.ts'
import { isBarred } from './standing.ts'
import { findAnyAccountByEmail } from './store.ts'

const errors = defineErrors('accounts', {
  emailInvalid: [422, 'Email is invalid'],
  emailSame: [422, 'Email is that of the account already'],
  emailTaken: [422, 'Email has already been taken'],
  emailChangeInvalid: [422, 'Email change token is invalid'],
  noEmailChange: [404, 'Record is not found'],
})

const LIFETIME = DAY
const TOKEN_BYTES = 24
const CLEANED_AT_ONCE = 500
const PURPOSE = 'email-change'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/** Asks the owners of the present and of the new address, by a mail to each, whether the account shall have the new one. */
export const requestEmailChange = (needs: Needs, caller: Caller, input: string): Promise<void> =>
  inHidingTime(needs, () => ask(needs, caller, input))

async function ask(needs: Needs, caller: Caller, input: string): Promise<void> {
  const { db, clock, outbox, ring } = needs
  const email = normalizeEmail(input)
  if (!isEmail(email)) throw errors.emailInvalid()
  await db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    if (account.email === email) throw errors.emailSame()
    const taken = (await findAnyAccountByEmail(tx, email)) !== undefined
    if (taken && !needs.config.values.BARONG_HIDE_ACCOUNTS) throw errors.emailTaken()
    const [old_token, new_token] = [urlToken(TOKEN_BYTES), urlToken(TOKEN_BYTES)]
    const now = clock.now()
    await replaceEmailChange(tx, {
      account_id: account.id,
      old_email: account.email,
      new_email: email,
      old_digest: ring.digest(PURPOSE, old_token),
      new_digest: ring.digest(PURPOSE, new_token),
      jti: caller.session.jti,
      created_at: iso(now),
      expires_at: iso(now + LIFETIME),
    })
    await audit(needs, tx, { action: 'account.email_change_requested', account_id: account.id })
    const mails = [changeMail(needs, 'old', account.email, email, old_token)]
    // Where accounts are hidden, nobody learns by it that the address is somebody's; its owner is left in peace.
    if (!taken) mails.push(changeMail(needs, 'new', email, email, new_token))
    await outbox.record(tx, account.id, ...mails)
  })
}

/** Takes one of the two tokens; with the second one the address is changed. Tells whether it was. */
export async function confirmEmailChange(needs: Needs, token: string): Promise<boolean> {
  const { db, clock, ring } = needs
  const digests = ring.digests(PURPOSE, token)
  const found = await findEmailChangeByDigest(db, digests, iso(clock.now()))
  if (!found) throw errors.emailChangeInvalid()
  try {
    return await db.transaction().execute(async (tx) => {
      const account = await lockAccount(tx, found.account_id)
      const change = await findEmailChangeByDigest(tx, digests, iso(clock.now()))
      if (!change || isBarred(account) || account.email !== change.old_email) throw errors.emailChangeInvalid()
      const side = digests.includes(change.old_digest) ? 'old_confirmed_at' : 'new_confirmed_at'
      const agreed = await noteAgreement(tx, change.id, side, iso(clock.now()))
      if (agreed.old_confirmed_at === null || agreed.new_confirmed_at === null) return false
      await applyChange(needs, tx, account, agreed)
      return true
    })
  } catch (error) {
    throw isUniqueViolation(error) ? errors.emailTaken({ cause: error }) : error
  }
}

/** Gives the account its new address, and ends what was opened before but for the session that asked. */
async function applyChange(
  needs: Needs,
  tx: Tx,
  account: Account,
  { new_email, jti }: Row<'email_changes'>,
): Promise<void> {
  const now = iso(needs.clock.now())
  await deleteEmailChange(tx, account.id)
  const after = await updateAccount(needs, tx, account, {
    email: new_email,
    confirmed_at: now,
    // Mailed to the former address.
    reset_password_digest: null,
    reset_password_sent_at: null,
    unlock_digest: null,
  })
  actAs('person', account.id)
  await audit(needs, tx, { action: 'account.email_changed', account_id: account.id })
  await endAccess(needs, tx, after, jti)
  // To the former address, whose owner can take it back.
  await notify(needs, tx, account, 'email_changed', new_email)
  await imposeHolds(needs, tx, after, 'email_changed')
}

/** The change that waits for an answer. */
export async function readEmailChange({ db, clock }: Needs, { id }: Pick<Account, 'id'>): Promise<EmailChangeView> {
  const change = await findEmailChange(db, id, iso(clock.now()))
  if (!change) throw errors.noEmailChange()
  return {
    email: change.new_email,
    confirmed_by_old: change.old_confirmed_at !== null,
    confirmed_by_new: change.new_confirmed_at !== null,
    expires_at: isoSeconds(change.expires_at),
  }
}

/** Calls the change off: its mails are void. */
export async function cancelEmailChange(needs: Needs, caller: Caller): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const { id } = await lockCaller(tx, caller)
    if (!(await deleteEmailChange(tx, id))) throw errors.noEmailChange()
    await audit(needs, tx, { action: 'account.email_change_cancelled', account_id: id })
  })
}

/** Removes changes that nobody answered in time, a batch at a time; returns how many went. */
export const cleanEmailChanges = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredEmailChanges(db, iso(clock.now()), CLEANED_AT_ONCE)

function changeMail({ config }: Needs, side: 'old' | 'new', to: string, new_email: string, token: string): MailMessage {
  const link = tokenLink(config, { path: '/accounts/email/confirmation', name: 'email_change_token', token })
  return {
    channel: 'mail',
    template: 'email_change',
    to,
    variables: { side, new_email, link, app_name: config.values.APP_NAME },
  }
}
