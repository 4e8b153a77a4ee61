import type { DataKey, SealedColumn, Vault } from '../../platform/crypto/vault.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Account, Document, NewRow } from '../../platform/db/schema.ts'

interface Plain {
  doc_number: string
  /** JSON. */
  metadata: string | null
}

/** A document with what is sealed in its row opened. */
export type ReadDocument = Document & Plain
/** A document before it has an id. */
export type DocumentToInsert = Omit<NewRow<'documents'>, 'doc_number_sealed' | 'doc_number_index' | 'metadata_sealed'> &
  Plain

/** All documents of an account, oldest first. */
export async function listDocuments(db: Db, vault: Vault, account_id: number): Promise<ReadDocument[]> {
  const rows = await db.selectFrom('documents').selectAll().where('account_id', '=', account_id).orderBy('id').execute()
  if (rows.length === 0) return []
  const key = await vault.keyOf(db, account_id)
  return rows.map((row) => openDocument(key, row))
}

/** More than anybody would look through. */
const SAME = 500

/** Which other accounts handed in documents of the same type and number: the document's id, and their uids. */
export async function findSameNumbers(db: Db, account_id: number): Promise<Map<number, string[]>> {
  const rows = await db
    .selectFrom('documents')
    .innerJoin('documents as theirs', 'theirs.doc_number_index', 'documents.doc_number_index')
    .innerJoin('accounts', 'accounts.id', 'theirs.account_id')
    .select(['documents.id', 'accounts.uid'])
    .distinct()
    .where('documents.account_id', '=', account_id)
    .where('theirs.account_id', '!=', account_id)
    .orderBy('accounts.uid')
    .limit(SAME)
    .execute()
  return new Map([...Map.groupBy(rows, ({ id }) => id)].map(([id, same]) => [id, same.map(({ uid }) => uid)]))
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

export async function insertDocument(
  tx: Tx,
  vault: Vault,
  { doc_number, metadata, ...document }: DocumentToInsert,
): Promise<Document> {
  const key = await vault.keyOf(tx, document.account_id)
  const seal = (column: SealedColumn, plain: string) => key.seal(column, document.blob_key, plain)
  const row = {
    ...document,
    doc_number_sealed: seal('documents.doc_number_sealed', doc_number),
    doc_number_index: numberIndex(vault, document.doc_type, doc_number),
    metadata_sealed: metadata === null ? null : seal('documents.metadata_sealed', metadata),
  }
  return tx.insertInto('documents').values(row).returningAll().executeTakeFirstOrThrow()
}

/** Of the number as people may also write it: without spaces, hyphens and case. */
const numberIndex = (vault: Vault, doc_type: string, doc_number: string): string =>
  vault.index('documents.doc_number_index', `${doc_type}:${doc_number.replace(/[\s-]/g, '').toUpperCase()}`)

function openDocument(key: DataKey, row: Document): ReadDocument {
  const open = (column: SealedColumn, sealed: string) => key.open(column, row.blob_key, sealed).toString()
  return {
    ...row,
    doc_number: open('documents.doc_number_sealed', row.doc_number_sealed),
    metadata: row.metadata_sealed === null ? null : open('documents.metadata_sealed', row.metadata_sealed),
  }
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

/** Lets it count as noted at `created_at`. */
export async function putOffUnclaimedBlob(db: Db, blob_key: string, created_at: string): Promise<void> {
  await db.updateTable('unclaimed_blobs').set({ created_at }).where('blob_key', '=', blob_key).execute()
}

export async function deleteUnclaimedBlob(db: Db, blob_key: string): Promise<void> {
  await db.deleteFrom('unclaimed_blobs').where('blob_key', '=', blob_key).execute()
}
