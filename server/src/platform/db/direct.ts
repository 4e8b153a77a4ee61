import type { CompiledQuery, DialectAdapter } from 'kysely'
import type { Db } from './db.ts'

/** A query as a database runs it. */
export type Query = Pick<CompiledQuery, 'sql' | 'parameters'>

/** Runs a query that reads, and is part of no transaction, without Kysely's layers in between, which cost as much as a read of SQLite. */
export type ReadDirectly = <R>(query: Query) => Promise<R[]>

const READERS = new WeakMap<DialectAdapter, ReadDirectly>()

/** Lets prepared queries of databases with that adapter be read directly. */
export function readDirectlyBy<A extends DialectAdapter>(adapter: A, read: ReadDirectly): A {
  READERS.set(adapter, read)
  return adapter
}

/** How prepared queries are read where that is possible: not inside of a transaction, whose own writes they must see. */
export const directReaderOf = (db: Db): ReadDirectly | undefined =>
  db.isTransaction ? undefined : READERS.get(db.getExecutor().adapter)
