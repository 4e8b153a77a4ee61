import type { Deps } from '../../deps.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'

/** Whether the code is right and unused; it is used up then. The account must be locked by the transaction. */
export async function consumeOtp(
  _needs: Pick<Deps, 'clock' | 'ring'>,
  _tx: Tx,
  _account: Account,
  _code: string,
): Promise<boolean> {
  return false
}
