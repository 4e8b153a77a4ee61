import type { Deps } from '../../deps.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Asking, forgetFailures, isLocked, refuseEnded } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { admitInSession, type Guess } from '../guesses/guesses.ts'
import { countGuess } from './guesses.ts'
import { openSecret } from './secrets.ts'
import { advanceOtpStep } from './store.ts'
import { stepOf } from './totp.ts'

const errors = defineErrors('two-factor', {
  notEnabled: [400, '2FA has not been enabled for this account'],
  wrongCode: [422, 'OTP code is invalid'],
  locked: [422, 'Your account was locked!'],
  // The text of 1.8.26, whose store of secrets refused used codes with an error of its own.
  usedCode: [422, 'Something wrong with 2FA'],
  // Of what 1.8.26 did not have.
  spentCode: [422, 'This code was used before; wait for the next one'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** A code that was right is good once. */
export const usedCode = errors.usedCode
/** The same of operations that 1.8.26 did not have, in words that say what to do. */
export const spentCode = errors.spentCode

/** What a code was found to be; a used one was right once, so it is no guess and is not counted as one. */
export type CodeOutcome = 'right' | 'wrong' | 'used'

/** Whether the code is right; it is used up then. The account must be locked by the transaction. */
export async function consumeOtp(
  { clock, vault }: Pick<Deps, 'clock' | 'vault'>,
  tx: Tx,
  account: Account,
  code: string,
): Promise<CodeOutcome> {
  if (account.otp_enabled_at === null || account.otp_secret_sealed === null) return 'wrong'
  const secret = await openSecret(vault, tx, account, 'accounts.otp_secret_sealed', account.otp_secret_sealed)
  const step = stepOf(secret, code, clock.now())
  if (step === undefined) return 'wrong'
  return (await advanceOtpStep(tx, account.id, step)) ? 'right' : 'used'
}

/** Who shows a code: a person in their session, or, without one, whom another service asks for it. */
export type Showing = Pick<Asking, 'account'> & Partial<Asking>

/**
 * Uses up a code. Wrong ones of a session are counted for it alone; too many of those that a service brings lock the account.
 */
export const verifyCode = (needs: Needs, showing: Showing, code: string): Promise<void> =>
  withCode(needs, showing, code, async () => {})

/** The same, and goes on with `then` in the transaction that uses it up. */
export async function withCode<T>(
  needs: Needs,
  { account, session }: Showing,
  code: string,
  then: (tx: Tx, account: Account) => Promise<T>,
  used: Refusal = errors.usedCode(),
): Promise<T> {
  const guess = session ? await admitInSession(needs, { account, session }) : NOT_COUNTED
  const judge = () =>
    needs.db.transaction().execute(async (tx) => {
      const holder = await lockAccount(tx, account.id)
      if (session) await refuseEnded(tx, holder, session)
      if (holder.otp_enabled_at === null) throw errors.notEnabled()
      if (!session && isLocked(needs, holder))
        return { found: 'locked', refused: await recordRefusal(needs, tx, holder, errors.locked()) }
      const found = await consumeOtp(needs, tx, holder, code)
      if (found === 'right')
        return { value: await then(tx, session ? holder : await forgetFailures(needs, tx, holder)) }
      const refused = found === 'used' ? used : errors.wrongCode()
      if (found === 'wrong' && !session) await countGuess(needs, tx, holder, refused)
      else await recordRefusal(needs, tx, holder, refused)
      return { found, refused }
    })
  const outcome = await judge().catch(async (error: unknown) => {
    // What was not compared is no guess, nor is what was right before something else was refused.
    if (error instanceof Refusal) await guess.takeBack()
    throw error
  })
  if ('value' in outcome || outcome.found !== 'wrong') await guess.takeBack()
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

/** What services bring is counted for the account. */
const NOT_COUNTED: Guess = { takeBack: async () => {} }

/** Records that a code was not right; returns the refusal. */
export async function recordRefusal(
  needs: Pick<Deps, 'clock'>,
  tx: Tx,
  account: Account,
  refused: Refusal,
): Promise<Refusal> {
  await audit(needs, tx, { action: 'otp.refused', account_id: account.id, refused })
  return refused
}
