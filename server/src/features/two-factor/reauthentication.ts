import type { Deps } from '../../deps.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { lockProvenAccount, requirePassword } from '../accounts/accounts.ts'
import { admitInSession } from '../guesses/guesses.ts'
import { hasPasskeys } from '../passkeys/passkeys.ts'
import { type CodeOutcome, recordRefusal, spentCode } from './codes.ts'
import { consumeSecondFactor, readCode, type ShownCode } from './recovery-codes.ts'

const errors = defineErrors('two-factor', {
  codeMissing: [403, 'The account has enabled 2FA but OTP code is missing'],
  wrongCode: [422, 'OTP code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits'>

/**
 * Lets somebody who is signed in prove once more who they are: by password and, where 2FA is on, a code of the app or a
 * recovery code. Goes on with `then` in the transaction that uses the code up. What is wrong is counted.
 */
export async function reauthenticate<T>(
  needs: Needs,
  caller: Caller,
  proof: { password: string; code: string | undefined },
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const { account } = caller
  const proven = await requirePassword(needs, caller, proof.password)
  const guess = await admitInSession(needs, caller)
  const judge = async () => {
    const code = await readCode(needs, account, proof.code ?? '')
    return needs.db.transaction().execute(async (tx) => {
      const now = await lockProvenAccount(tx, proven)
      const found = await judgeSecondFactor(needs, tx, now, code)
      if (found !== 'right') {
        const refused = found === 'used' ? spentCode() : errors.wrongCode()
        return { found, refused: await recordRefusal(needs, tx, now, refused) }
      }
      return { value: await then(tx, now) }
    })
  }
  const outcome = await judge().catch(async (error: unknown) => {
    // What was not compared is no guess, nor is what was right before something else was refused.
    if (error instanceof Refusal) await guess.takeBack()
    throw error
  })
  if ('value' in outcome || outcome.found === 'used') await guess.takeBack()
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

async function judgeSecondFactor(needs: Needs, tx: Tx, account: Account, code: ShownCode): Promise<CodeOutcome> {
  if (account.otp_enabled_at === null && !(await hasPasskeys(tx, account.id))) return 'right'
  if (code.text.trim() === '') throw errors.codeMissing()
  return consumeSecondFactor(needs, tx, account, code)
}
