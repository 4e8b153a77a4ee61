import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { countFailure, forgetFailures, isLocked } from '../accounts/accounts.ts'
import { consumeOtp } from '../two-factor/two-factor.ts'

const errors = defineErrors('sessions', {
  wrongCredentials: [401, 'Invalid Email or Password'],
  locked: [401, 'Your account was locked!'],
  unconfirmed: [401, 'You have to confirm your email address before continuing'],
  otpMissing: [403, 'The account has enabled 2FA but OTP code is missing'],
  otpWrong: [403, 'OTP code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>

/** An account whose password was right; `rehashed` is its new digest where the stored one was outdated. */
export interface PasswordProof {
  account: Account
  rehashed: string | undefined
}

/** Checks a password. `account` undefined: nobody has that e-mail, which costs the same time as a wrong password. */
export async function provePassword(
  needs: Needs,
  account: Account | undefined,
  password: string,
): Promise<PasswordProof> {
  const hidden = needs.config.values.BARONG_HIDE_ACCOUNTS
  if (account && isLocked(needs, account) && !hidden) throw errors.locked()
  const match = await needs.passwords.match(account?.password_digest, password)
  if (!account) throw errors.wrongCredentials()
  if (match === 'wrong') {
    await countFailure(needs, account.id)
    throw errors.wrongCredentials()
  }
  if (account.state === 'pending') throw errors.unconfirmed()
  if (account.state !== 'active') throw errors.locked()
  return { account, rehashed: match === 'outdated' ? await needs.passwords.hash(password) : undefined }
}

/**
 * Checks the second factor where the account has one, and goes on with `then` in the same transaction, so that a code
 * and a lock count exactly once.
 */
export async function completeSignIn<T>(
  needs: Needs,
  { account: { id, password_digest }, rehashed }: PasswordProof,
  otp_code: string | undefined,
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (isLocked(needs, account)) throw errors.locked()
    if (account.password_digest !== password_digest || account.discarded_at !== null) throw errors.wrongCredentials()
    if (!(await passesSecondFactor(needs, tx, account, otp_code))) return { passed: false } as const
    const signedIn = await forgetFailures(needs, tx, account)
    if (rehashed !== undefined) await updateAccount(needs, tx, signedIn, { password_digest: rehashed })
    return { passed: true, value: await then(tx, signedIn) } as const
  })
  if (outcome.passed) return outcome.value
  await countFailure(needs, id)
  throw errors.otpWrong()
}

async function passesSecondFactor(needs: Needs, tx: Tx, account: Account, code: string | undefined): Promise<boolean> {
  if (account.otp_enabled_at === null) return true
  if (code === undefined || code.trim() === '') throw errors.otpMissing()
  return consumeOtp(needs, tx, account, code)
}
