import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Application } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { countFailure, findAccountByEmail, forgetFailures, isLocked, normalizeEmail } from '../accounts/accounts.ts'

import { findApplication } from '../applications/applications.ts'
import { signAccessToken } from '../signing-keys/signing-keys.ts'
import { consumeOtp } from '../two-factor/two-factor.ts'
import { lifetimeOf } from './lifetime.ts'
import { deleteEndedSessions, insertSession } from './store.ts'

const errors = defineErrors('sessions', {
  wrongCredentials: [401, 'Invalid Email or Password'],
  wrongApplication: [401, 'Wrong Application ID'],
  locked: [401, 'Your account was locked!'],
  unconfirmed: [401, 'You have to confirm your email address before continuing'],
  otpMissing: [403, 'The account has enabled 2FA but OTP code is missing'],
  otpWrong: [403, 'OTP code is invalid'],
  tooOld: [401, 'The session is too old to be renewed, please sign in again'],
})

/** What tokens of sessions are good for. */
const AUDIENCE = ['peatio', 'barong'] as const
const CLEANED_AT_ONCE = 500

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'keys'>

export interface Credentials {
  email: string
  password: string
  application_id: string
  expires_in?: string | undefined
  otp_code?: string | undefined
}

/** Signs a person in with password and, where 2FA is on, a code; returns the session's token. */
export async function signIn(needs: Needs, input: Credentials): Promise<string> {
  const { db, config, passwords } = needs
  const hidden = config.values.BARONG_HIDE_ACCOUNTS
  const account = await findAccountByEmail(db, normalizeEmail(input.email))
  const application = await findApplication(db, input.application_id)
  if (!application && (account || hidden)) throw errors.wrongApplication()
  if (account && isLocked(needs, account) && !hidden) throw errors.locked()
  const match = await passwords.match(account?.password_digest, input.password)
  if (!account || !application) throw errors.wrongCredentials()
  if (match === 'wrong') {
    await countFailure(needs, account.id)
    throw errors.wrongCredentials()
  }
  refuseInactive(account)
  const lifetime = lifetimeOf(needs, input.expires_in)
  const fresh = match === 'outdated' ? await passwords.hash(input.password) : undefined
  return openSession(needs, account, application, input.otp_code, lifetime, fresh)
}

/** Issues a further token for the session's application; the old one stays valid. */
export async function renew(needs: Needs, { account, session }: Caller, expires_in: string | undefined) {
  const { db, clock, config } = needs
  const limit = parseIso(session.authenticated_at) + config.values.SESSION_ABSOLUTE_LIFETIME * SECOND
  if (clock.now() >= limit) throw errors.tooOld()
  const lifetime = Math.min(lifetimeOf(needs, expires_in), Math.ceil((limit - clock.now()) / SECOND))
  const { token, row } = issue(needs, account, session.application_id, lifetime, session.authenticated_at)
  await insertSession(db, row)
  return token
}

/** Removes sessions whose time is over, a batch at a time; returns how many went. */
export const cleanSessions = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteEndedSessions(db, iso(clock.now() - 86_400 * SECOND), CLEANED_AT_ONCE)

function refuseInactive(account: Account): void {
  if (account.state === 'pending') throw errors.unconfirmed()
  if (account.state !== 'active') throw errors.locked()
}

/** Checks the second factor and opens the session in one transaction, so that a code and a lock count exactly once. */
async function openSession(
  needs: Needs,
  { id, password_digest }: Account,
  application: Application,
  otp_code: string | undefined,
  lifetime: number,
  rehashed: string | undefined,
): Promise<string> {
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (isLocked(needs, account)) throw errors.locked()
    if (account.password_digest !== password_digest || account.discarded_at !== null) throw errors.wrongCredentials()
    if (!(await passesSecondFactor(needs, tx, account, otp_code))) return undefined
    const signedIn = await forgetFailures(needs, tx, account)
    if (rehashed !== undefined) await updateAccount(needs, tx, signedIn, { password_digest: rehashed })
    const { token, row } = issue(needs, signedIn, application.id, lifetime, iso(needs.clock.now()))
    await insertSession(tx, row)
    return token
  })
  if (outcome !== undefined) return outcome
  await countFailure(needs, id)
  throw errors.otpWrong()
}

async function passesSecondFactor(needs: Needs, tx: Tx, account: Account, code: string | undefined): Promise<boolean> {
  if (account.otp_enabled_at === null) return true
  if (code === undefined || code.trim() === '') throw errors.otpMissing()
  return consumeOtp(needs, tx, account, code)
}

function issue(needs: Needs, account: Account, application_id: number, lifetime: number, authenticated_at: string) {
  const { token, jti, issued_at, expires_at } = signAccessToken(needs, account, { audience: AUDIENCE, lifetime })
  const row = {
    jti,
    account_id: account.id,
    application_id,
    authenticated_at,
    created_at: iso(issued_at),
    expires_at: iso(expires_at),
  }
  return { token, row }
}
