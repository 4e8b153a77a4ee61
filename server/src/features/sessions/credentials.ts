import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { countFailure, forgetFailures, inHidingTime, isBarred, isLocked, noteFailure } from '../accounts/accounts.ts'
import { consumeSecondFactor } from '../two-factor/two-factor.ts'

const errors = defineErrors('sessions', {
  wrongCredentials: [401, 'Invalid Email or Password'],
  locked: [401, 'Your account was locked!'],
  unconfirmed: [401, 'You have to confirm your email address before continuing'],
  otpMissing: [403, 'The account has enabled 2FA but OTP code is missing'],
  otpWrong: [403, 'OTP code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>

/** An account whose password was right. */
export interface PasswordProof {
  account: Account
}

/** Checks a password. `account` undefined: nobody has that e-mail, which costs the same time as a wrong password. */
export const provePassword = (needs: Needs, account: Account | undefined, password: string): Promise<PasswordProof> =>
  inHidingTime(needs, () => prove(needs, account, password))

async function prove(needs: Needs, account: Account | undefined, password: string): Promise<PasswordProof> {
  const hidden = needs.config.values.BARONG_HIDE_ACCOUNTS
  if (account && isLocked(needs, account) && !hidden) throw locked(needs)
  const match = await needs.passwords.match(account?.password_digest, password)
  if (!account) throw errors.wrongCredentials()
  if (match === 'wrong') {
    const outcome = await countFailure(needs, account.id)
    throw outcome === 'locked' ? locked(needs) : errors.wrongCredentials()
  }
  if (isLocked(needs, account)) throw locked(needs)
  if (account.state === 'pending') throw errors.unconfirmed()
  if (isBarred(account)) throw errors.locked()
  if (match === 'right') return { account }
  return prove(needs, await rehash(needs, account, password), password)
}

/** Where accounts are hidden a lock is not told: it would tell a stranger that his guess was right. */
const locked = ({ config }: Needs) => (config.values.BARONG_HIDE_ACCOUNTS ? errors.wrongCredentials() : errors.locked())

/** Replaces an outdated digest, unless it was replaced meanwhile; returns the account as it is then. */
async function rehash(needs: Needs, { id, password_digest: outdated }: Account, password: string): Promise<Account> {
  const password_digest = await needs.passwords.hash(password)
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    return account.password_digest === outdated ? updateAccount(needs, tx, account, { password_digest }) : account
  })
}

/**
 * Checks the second factor where the account has one, and goes on with `then` in the same transaction, so that a code
 * and a lock count exactly once.
 */
export async function completeSignIn<T>(
  needs: Needs,
  { account: { id, password_digest } }: PasswordProof,
  otp_code: string | undefined,
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (isLocked(needs, account)) throw locked(needs)
    if (account.password_digest !== password_digest || isBarred(account)) throw errors.wrongCredentials()
    if (!(await passesSecondFactor(needs, tx, account, otp_code))) {
      await noteFailure(needs, tx, account, needs.config.values.MAX_LOGIN_ATTEMPTS)
      return { passed: false } as const
    }
    return { passed: true, value: await then(tx, await forgetFailures(needs, tx, account)) } as const
  })
  if (outcome.passed) return outcome.value
  throw errors.otpWrong()
}

async function passesSecondFactor(needs: Needs, tx: Tx, account: Account, code: string | undefined): Promise<boolean> {
  if (account.otp_enabled_at === null) return true
  if (code === undefined || code.trim() === '') throw errors.otpMissing()
  return consumeSecondFactor(needs, tx, account, code)
}
