import { oldestRemover } from '../../platform/db/batches.ts'
import type { Db } from '../../platform/db/db.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'

/** Adds the nonce; false when it is there already. */
export async function insertNonce(db: Db, nonce: NewRow<'management_nonces'>): Promise<boolean> {
  const inserted = await db
    .insertInto('management_nonces')
    .values(nonce)
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Removes a batch of nonces that expired before the given time; returns how many. */
export const deleteExpiredNonces = oldestRemover('management_nonces', 'expires_at')

/** The account of that id, unless it was discarded. */
export function findAccountById(db: Db, id: number): Promise<Account | undefined> {
  return db.selectFrom('accounts').selectAll().where('id', '=', id).where('discarded_at', 'is', null).executeTakeFirst()
}
