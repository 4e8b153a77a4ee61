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
export async function deleteExpiredNonces(db: Db, before: string, limit: number): Promise<number> {
  const expired = db
    .selectFrom('management_nonces')
    .select('id')
    .where('expires_at', '<', before)
    .orderBy('expires_at')
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('management_nonces').where('id', 'in', expired).executeTakeFirst()
  return Number(numDeletedRows)
}

/** The account that verified the number, unless it was discarded. */
export function findAccountByPhone(db: Db, number: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .innerJoin('phones', 'phones.account_id', 'accounts.id')
    .selectAll('accounts')
    .where('phones.number', '=', number)
    .where('phones.validated_at', 'is not', null)
    .where('accounts.discarded_at', 'is', null)
    .executeTakeFirst()
}
