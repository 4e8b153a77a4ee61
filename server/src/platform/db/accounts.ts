import { ACCOUNT } from './columns.ts'
import { type Db, isPostgres, type Tx } from './db.ts'
import { prepared } from './prepared.ts'
import type { Account, RowPatch } from './schema.ts'

/** Reads an account and keeps others from changing it until the transaction ends. */
export async function lockAccount(tx: Tx, id: number): Promise<Account> {
  const [account] = await lockedAccount(tx, id)
  if (!account) throw new Error('The account is gone.')
  noteLock(tx, id)
  return account
}

const LOCKED = new WeakMap<Tx, Set<number>>()

/** Notes that the transaction keeps others from changing the account. */
export function noteLock(tx: Tx, id: number): void {
  if (!isPostgres(tx)) return
  const locked = LOCKED.get(tx) ?? new Set()
  LOCKED.set(tx, locked.add(id))
}

/** Whether the transaction is known to keep others from changing the account; on SQLite there are no others. */
export const holdsLock = (tx: Tx, id: number): boolean => !isPostgres(tx) || LOCKED.get(tx)?.has(id) === true

const lockedAccount = prepared('locked_account', (tx, id: number) => {
  const query = tx.selectFrom('accounts').select(ACCOUNT).where('id', '=', id)
  return isPostgres(tx) ? query.forUpdate() : query
})

/** Changes columns of an account and returns it as it is then. */
export function patchAccount(tx: Tx, id: number, patch: RowPatch<'accounts'>): Promise<Account> {
  return tx.updateTable('accounts').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Whether the session goes on, asked inside of a transaction that holds the account. */
export async function isSessionOpen(db: Db, jti: string): Promise<boolean> {
  const [row] = await openSessionId(db, jti)
  return row !== undefined
}

const openSessionId = prepared('open_session_id', (db, jti: string) =>
  db.selectFrom('sessions').select('id').where('jti', '=', jti).where('revoked_at', 'is', null),
)
