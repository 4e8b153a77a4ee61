import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import { listHolders, revokeTokens, type TokenColumn } from './store.ts'

/** Ends the access tokens of a grant or of a browser, or the one of that id. */
export async function endTokens(
  { db, clock, outbox }: Pick<Deps, 'db' | 'clock' | 'outbox'>,
  column: TokenColumn,
  value: string,
): Promise<void> {
  for (const { account_id } of await listHolders(db, column, value)) {
    await db.transaction().execute(async (tx) => {
      const account = await lockAccount(tx, account_id)
      await recordRevoked(
        { clock, outbox },
        tx,
        account,
        await revokeTokens(tx, account_id, column, value, iso(clock.now())),
      )
    })
  }
}
