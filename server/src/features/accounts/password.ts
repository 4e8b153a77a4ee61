import type { Deps } from '../../deps.ts'
import { HOUR, iso, parseIso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { normalizePassword, type Passwords } from '../../platform/crypto/passwords.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { resetPasswordToken } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { audit, recordAct } from '../audit/audit.ts'
import { forgetDevices, trustDevice } from '../devices/devices.ts'
import { admitInSession } from '../guesses/guesses.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { lockCaller } from './callers.ts'
import { normalizeEmail } from './email.ts'
import { deleteEmailChange } from './email-change-store.ts'
import { inHidingTime } from './hiding.ts'
import { isRecent, isWithinBudget } from './mail-budget.ts'
import { newToken, tokenDigest, tokenDigests, tokenMail } from './mail-tokens.ts'
import { passwordErrors, placeWords } from './password-policy.ts'
import { endAccess } from './session-end.ts'
import { frozenBy } from './standing.ts'
import { findAccountByDigest, findPasswordDigest, lockAccountByDigest, lockAccountByEmail } from './store.ts'

const RESET_WITHIN = 6 * HOUR

const errors = defineErrors('accounts', {
  wrongPassword: [401, 'Invalid password'],
  noNewPassword: [400, 'Invalid password'],
  unacceptable: [422, 'Password is unacceptable'],
  notFound: [404, 'Record is not found'],
  discarded: [422, 'The account is discarded'],
  resetExpired: [422, 'Reset password token has expired, please request a new one'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'limits'>
type Mailing = Omit<Needs, 'limits'>

/** Somebody who is signed in and whose password was right, and what it was compared with. */
export interface ProvenCaller extends Caller {
  password_digest: string
}

/**
 * Checks the password of somebody who is signed in. A wrong one is counted for the session; a lock that strangers caused keeps
 * nobody from what protects the account.
 */
export async function requirePassword(needs: Needs, caller: Caller, password: string): Promise<ProvenCaller> {
  const { account } = caller
  const password_digest = await findPasswordDigest(needs.db, account.id)
  const { takeBack } = await admitInSession(needs, caller)
  let match: Awaited<ReturnType<Passwords['match']>> | undefined
  try {
    match = await needs.passwords.match(password_digest, password)
  } finally {
    // Nor is one a guess that could not be compared.
    if (match !== 'wrong') await takeBack()
  }
  if (match !== 'wrong') return { ...caller, password_digest }
  const refused = errors.wrongPassword()
  await recordAct(needs, { action: 'password.refused', account_id: account.id, refused })
  throw refused
}

/** Locks the row of an account whose password was right a moment ago, unless that changed since. */
export async function lockProvenAccount(tx: Tx, proven: ProvenCaller): Promise<Account> {
  const now = await lockCaller(tx, proven)
  if (now.password_digest !== proven.password_digest) throw errors.wrongPassword()
  return now
}

/** Replaces the password of somebody who knows the old one, and ends all sessions but the one that asks. */
export async function changePassword(
  needs: Needs,
  caller: Caller,
  input: { old_password: string; new_password: string | null },
): Promise<void> {
  const { db, passwords } = needs
  const { account, session } = caller
  const { old_password, new_password } = input
  const proven = await requirePassword(needs, caller, old_password)
  if (new_password === null) throw errors.noNewPassword()
  const same = normalizePassword(new_password) === normalizePassword(old_password)
  const refused = unacceptable(needs, account, new_password, same)
  if (refused) throw refused
  const password_digest = await passwords.hash(new_password)
  await db.transaction().execute(async (tx) => {
    const now = await lockProvenAccount(tx, proven)
    await updateAccount(needs, tx, now, { password_digest, failed_attempts: 0, ...OWN })
    await audit(needs, tx, { action: 'password.changed', account_id: account.id })
    await endAccess(needs, tx, account, session.jti)
    await deleteEmailChange(tx, account.id)
    await notify(needs, tx, now, 'password_changed')
    await imposeHolds(needs, tx, now, 'password_changed')
  })
}

/** Mails a link that sets a new password; a link mailed before is void then. Beyond the recipient's budget that one stays. */
export const requestPasswordReset = (needs: Needs, input: string): Promise<void> =>
  inHidingTime(needs, () => mailReset(needs, input))

async function mailReset(needs: Needs, input: string): Promise<void> {
  const email = normalizeEmail(input)
  const within = await isWithinBudget(needs, 'reset', email)
  await needs.db.transaction().execute(async (tx) => {
    const found = await lockAccountByEmail(tx, email)
    if (!found && !needs.config.values.BARONG_HIDE_ACCOUNTS) throw errors.notFound()
    if (!found || (!within && found.reset_password_digest !== null && isRecent(needs, found.reset_password_sent_at)))
      return
    await mailResetLink(needs, tx, found)
  })
}

/** The same for somebody who is helped: the password is theirs to choose, and whoever helps learns neither it nor the link. */
export const beginPasswordReset = (needs: Mailing, { id }: Pick<Account, 'id'>): Promise<Account> =>
  needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (account.discarded_at !== null) throw errors.discarded()
    return mailResetLink(needs, tx, account)
  })

async function mailResetLink(needs: Mailing, tx: Tx, found: Account): Promise<Account> {
  const token = newToken()
  const account = await updateAccount(needs, tx, found, {
    reset_password_digest: tokenDigest(needs.ring, 'reset-password', token),
    reset_password_sent_at: iso(needs.clock.now()),
  })
  await needs.outbox.record(
    tx,
    account.id,
    eventMessage(resetPasswordToken(account, token)),
    tokenMail(needs, 'reset-password', account.email, token),
  )
  await audit(needs, tx, { action: 'password.reset_requested', account_id: account.id })
  return account
}

/**
 * Sets a new password with a mailed token: unlocks the account, unfreezes what the person froze, and ends all sessions. A token
 * works once.
 */
export async function resetPassword(needs: Mailing, input: { reset_password_token: string; password: string }) {
  const { db, clock, passwords, ring } = needs
  const digests = tokenDigests(ring, 'reset-password', input.reset_password_token)
  const account = await findAccountByDigest(db, 'reset_password_digest', digests)
  if (!account) throw errors.notFound()
  const age = clock.now() - parseIso(account.reset_password_sent_at ?? '')
  if (!(age <= RESET_WITHIN)) throw errors.resetExpired()
  const same = (await passwords.match(account.password_digest, input.password)) !== 'wrong'
  const refused = unacceptable(needs, account, input.password, same)
  if (refused) throw refused
  const password_digest = await passwords.hash(input.password)
  await db.transaction().execute(async (tx) => {
    const now = await lockAccountByDigest(tx, 'reset_password_digest', digests)
    if (!now) throw errors.notFound()
    await updateAccount(needs, tx, now, {
      password_digest,
      locked_at: null,
      // What the staff froze, the staff thaws.
      ...(frozenBy(now) === 'person' ? { frozen_at: null } : {}),
      unlock_digest: null,
      failed_attempts: 0,
      ...OWN,
    })
    actAs('person', account.id)
    await audit(needs, tx, { action: 'password.reset', account_id: account.id })
    await endAccess(needs, tx, account)
    await forgetDevices(needs, tx, account.id)
    await deleteEmailChange(tx, account.id)
    await trustDevice(needs, tx, account.id)
    await notify(needs, tx, now, 'password_changed')
    await imposeHolds(needs, tx, now, 'password_reset')
  })
}

/** A password of one's own choice: no reset waits any more, and nobody else knows it. */
const OWN = { reset_password_digest: null, reset_password_sent_at: null, password_given_at: null } as const

function unacceptable(
  { config }: Pick<Deps, 'config'>,
  { email }: Pick<Account, 'email'>,
  password: string,
  current_matches: boolean,
): Refusal | undefined {
  const found = new ModelErrors()
  for (const part of passwordErrors(config.values.BARONG_PASSWORD_POLICY, password, {
    email,
    current_matches,
    words: placeWords(config),
  })) {
    found.add('password', part)
  }
  if (!found.any) return undefined
  return errors.unacceptable({ body: { error: found.sentence() }, fields: found.byAttribute() })
}
