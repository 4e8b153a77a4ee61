import type { Tx } from './db.ts'
import { isPostgres } from './db.ts'
import type { Account, RowPatch } from './schema.ts'

/** Reads an account and keeps others from changing it until the transaction ends. */
export function lockAccount(tx: Tx, id: number): Promise<Account> {
  const query = tx.selectFrom('accounts').selectAll().where('id', '=', id)
  return (isPostgres(tx) ? query.forUpdate() : query).executeTakeFirstOrThrow()
}

/** Changes columns of an account and returns it as it is then. */
export function patchAccount(tx: Tx, id: number, patch: RowPatch<'accounts'>): Promise<Account> {
  return tx.updateTable('accounts').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}
