import type { CompiledQuery, DatabaseConnection, DialectAdapter } from 'kysely'
import type { Db, Tx } from './db.ts'

/** A query as a database runs it. */
export type Query = Pick<CompiledQuery, 'sql' | 'parameters'>

/** Runs a query that reads, and is part of no transaction, without Kysely's layers in between, which cost as much as a read of SQLite. */
export type ReadDirectly = <R>(query: Query) => Promise<R[]>

/** A transaction that was begun. */
export interface DirectTransaction {
  /** Runs its statements, one after the other in the order of asking; refuses them after its end. */
  readonly connection: DatabaseConnection
  /** Ends it once `writing` has ended: what was asked for before, and is not waited for otherwise. */
  commit(writing: readonly Promise<unknown>[]): Promise<void>
  /** Undoes it, unless it is over; then nothing is left to undo. */
  rollback(): Promise<void>
}

/** How a database is used without Kysely's layers. */
export interface Direct {
  read: ReadDirectly
  begin(): Promise<DirectTransaction>
}

const DIRECT = new WeakMap<DialectAdapter, Direct>()

/** Lets databases with that adapter be used directly. */
export function usedDirectlyBy<A extends DialectAdapter>(adapter: A, direct: Direct): A {
  DIRECT.set(adapter, direct)
  return adapter
}

/** How a database is used directly, where that is possible. */
export const directOf = (db: Db): Direct | undefined => DIRECT.get(db.getExecutor().adapter)

/** How prepared queries are read where that is possible: not inside of a transaction, whose own writes they must see. */
export const directReaderOf = (db: Db): ReadDirectly | undefined => (db.isTransaction ? undefined : directOf(db)?.read)

/** A transaction under way, and the writes in it that nobody waits for before its end. */
export interface UnderWay {
  connection: DatabaseConnection
  writing: Promise<unknown>[]
}

const UNDER_WAY = new WeakMap<Db, UnderWay>()

/** Lets prepared queries of a transaction be run directly. */
export function runDirectly(tx: Tx, transaction: UnderWay): void {
  UNDER_WAY.set(tx, transaction)
}

/** The transaction that `db` is, where its prepared queries can be run directly. */
export const underWay = (db: Db): UnderWay | undefined => (db.isTransaction ? UNDER_WAY.get(db) : undefined)
