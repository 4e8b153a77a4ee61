import type { Deps } from '../../deps.ts'
import type { Refusal } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { noteFailure } from '../accounts/accounts.ts'

/**
 * Wrong codes in a row, brought by services, that lock the account of the person: twice what a stranger has at the sign-in,
 * since programs written for Barong 1.8.26 may send one stale code with several requests.
 */
const guessesOf = ({ config }: Pick<Deps, 'config'>): number => 2 * config.values.MAX_LOGIN_ATTEMPTS

/** Counts a wrong code in the transaction that compared it, which has locked the account. */
export const countGuess = (
  needs: Pick<Deps, 'clock' | 'config' | 'outbox' | 'ring'>,
  tx: Tx,
  account: Account,
  refused: Refusal,
): Promise<void> => noteFailure(needs, tx, account, guessesOf(needs), { action: 'otp.refused', refused })
