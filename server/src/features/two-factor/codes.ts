import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { forgetFailures, isLocked, noteFailure } from '../accounts/accounts.ts'
import { guessesOf } from './guesses.ts'
import { openSecret } from './secrets.ts'
import { advanceOtpStep } from './store.ts'
import { stepOf } from './totp.ts'

const errors = defineErrors('two-factor', {
  notEnabled: [400, '2FA has not been enabled for this account'],
  wrongCode: [422, 'OTP code is invalid'],
  // The text of 1.8.26, whose store of secrets refused used codes with an error of its own.
  usedCode: [422, 'Something wrong with 2FA'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/**
 * Whether the code is right; it is used up then, and refused from there on. The account must be locked by the
 * transaction.
 */
export async function consumeOtp(
  { clock, ring }: Pick<Deps, 'clock' | 'ring'>,
  tx: Tx,
  account: Account,
  code: string,
): Promise<boolean> {
  if (account.otp_enabled_at === null || account.otp_secret_sealed === null) return false
  const step = stepOf(openSecret(ring, account.uid, account.otp_secret_sealed), code, clock.now())
  if (step === undefined) return false
  // It was right once, so it is no guess and is not counted as one.
  if (!(await advanceOtpStep(tx, account.id, step))) throw errors.usedCode()
  return true
}

/** Uses up a code of a person who is signed in already; too many wrong ones lock the account. */
export const verifyCode = (needs: Needs, account: Pick<Account, 'id'>, code: string): Promise<void> =>
  withCode(needs, account, code, async () => {})

/** The same, and goes on with `then` in the transaction that uses it up. */
export async function withCode<T>(
  needs: Needs,
  { id }: Pick<Account, 'id'>,
  code: string,
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (account.otp_enabled_at === null) throw errors.notEnabled()
    if (isLocked(needs, account)) throw errors.wrongCode()
    if (await consumeOtp(needs, tx, account, code))
      return { passed: true, value: await then(tx, await forgetFailures(needs, tx, account)) } as const
    await noteFailure(needs, tx, account, guessesOf(needs))
    return { passed: false } as const
  })
  if (outcome.passed) return outcome.value
  throw errors.wrongCode()
}
