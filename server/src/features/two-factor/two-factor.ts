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

export { enableTwoFactor, startEnrolment } from './enrolment.ts'

const errors = defineErrors('two-factor', {
  notEnabled: [400, '2FA has not been enabled for this account'],
  wrongCode: [422, 'OTP code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>

/** Whether the code is right and unused; it is used up then. The account must be locked by the transaction. */
export async function consumeOtp(
  needs: Pick<Deps, 'clock' | 'ring'>,
  tx: Tx,
  account: Account,
  code: string,
): Promise<boolean> {
  return (await judge(needs, tx, account, code)) === 'right'
}

/** Uses up a code of a person who is signed in already; too many wrong ones lock the account. */
export async function verifyCode(needs: Needs, { id }: Pick<Account, 'id'>, code: string): Promise<void> {
  const verdict = await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (account.otp_enabled_at === null) throw errors.notEnabled()
    if (isLocked(needs, account)) throw errors.wrongCode()
    const verdict = await judge(needs, tx, account, code)
    if (verdict === 'right') await forgetFailures(needs, tx, account)
    if (verdict === 'wrong') await noteFailure(needs, tx, account, guessesOf(needs))
    return verdict
  })
  if (verdict !== 'right') throw errors.wrongCode()
}

/** A code that was right before it was used is no guess, so `used` is told apart from `wrong`. */
async function judge(
  { clock, ring }: Pick<Deps, 'clock' | 'ring'>,
  tx: Tx,
  account: Account,
  code: string,
): Promise<'right' | 'used' | 'wrong'> {
  if (account.otp_enabled_at === null || account.otp_secret_sealed === null) return 'wrong'
  const step = stepOf(openSecret(ring, account.uid, account.otp_secret_sealed), code, clock.now())
  if (step === undefined) return 'wrong'
  return (await advanceOtpStep(tx, account.id, step)) ? 'right' : 'used'
}
