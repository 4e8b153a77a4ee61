import type { Db, Tx } from '../../platform/db/db.ts'
import type { Account, Document, NewRow } from '../../platform/db/schema.ts'

/** All documents of an account, oldest first. */
export function listDocuments(db: Db, account_id: number): Promise<Document[]> {
  return db.selectFrom('documents').selectAll().where('account_id', '=', account_id).orderBy('id').execute()
}

export async function countDocuments(db: Db, account_id: number): Promise<number> {
  const { count } = await db
    .selectFrom('documents')
    .select((expression) => expression.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A document with the standing of its account. */
export function findDocument(
  db: Db,
  id: number,
): Promise<(Document & Pick<Account, 'state' | 'discarded_at' | 'frozen_at'>) | undefined> {
  return db
    .selectFrom('documents')
    .innerJoin('accounts', 'accounts.id', 'documents.account_id')
    .selectAll('documents')
    .select(['accounts.state', 'accounts.discarded_at', 'accounts.frozen_at'])
    .where('documents.id', '=', id)
    .executeTakeFirst()
}

export function insertDocument(tx: Tx, document: NewRow<'documents'>): Promise<Document> {
  return tx.insertInto('documents').values(document).returningAll().executeTakeFirstOrThrow()
}

/** Notes a blob before it is written, so that it is found if nothing comes to refer to it. */
export async function insertUnclaimedBlob(db: Db, blob_key: string, created_at: string): Promise<void> {
  await db.insertInto('unclaimed_blobs').values({ blob_key, created_at }).execute()
}

/** Strikes the note off; false when it is older than `after`, so that the blob may be gone. */
export async function claimBlob(tx: Tx, blob_key: string, after: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('unclaimed_blobs')
    .where('blob_key', '=', blob_key)
    .where('created_at', '>', after)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** Keys of blobs noted at `until` or before, oldest first. */
export async function listUnclaimedBlobs(db: Db, until: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('unclaimed_blobs')
    .select('blob_key')
    .where('created_at', '<=', until)
    .orderBy('created_at')
    .limit(limit)
    .execute()
  return rows.map(({ blob_key }) => blob_key)
}

export async function deleteUnclaimedBlob(db: Db, blob_key: string): Promise<void> {
  await db.deleteFrom('unclaimed_blobs').where('blob_key', '=', blob_key).execute()
}
