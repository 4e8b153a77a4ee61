import { insertMany, isAmong } from './bulk.ts'
import type { Db, Tx } from './db.ts'
import type { NewRow, Row } from './schema.ts'

/** The data keys of these accounts that have one, or had one. */
export function listAccountKeys(db: Db, account_ids: readonly number[]): Promise<Row<'account_keys'>[]> {
  const query = db.selectFrom('account_keys').selectAll()
  const [only, ...others] = account_ids
  return only !== undefined && others.length === 0
    ? query.where('account_id', '=', only).execute()
    : query.where(isAmong(db, 'account_id', account_ids)).execute()
}

/** Adds data keys, unless another process was faster. */
export async function insertAccountKeys(db: Db, rows: readonly NewRow<'account_keys'>[]): Promise<void> {
  const [only, ...others] = rows
  if (!only) return
  if (others.length > 0) await insertMany(db, 'account_keys', rows, [], { unlessThere: true })
  else
    await db
      .insertInto('account_keys')
      .values(only)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/** Removes a data key for good, and notes that there was one, so that none is made again. */
export async function destroyAccountKey(tx: Tx, account_id: number, now: string): Promise<void> {
  await tx
    .insertInto('account_keys')
    .values({ account_id, key_sealed: null, created_at: now, destroyed_at: now })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ key_sealed: null, destroyed_at: now }))
    .execute()
}

export function findVaultKey(db: Db, name: string): Promise<Row<'vault_keys'> | undefined> {
  return db.selectFrom('vault_keys').selectAll().where('name', '=', name).executeTakeFirst()
}

/** Adds a key that is nobody's, unless another process was faster. */
export async function insertVaultKey(db: Db, row: NewRow<'vault_keys'>): Promise<void> {
  await db
    .insertInto('vault_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}
