import type { Compilable, CompiledQuery, DialectAdapter, QueryResult } from 'kysely'
import type { Db, Tx } from './db.ts'
import { directReaderOf, underWay } from './direct.ts'

/** Comment that begins a query which PostgreSQL is to keep under that name. */
const NAME = /^\/\* ([a-z_]+) \*\//

/**
 * A query of the hot path: built once for each database instead of at every call, which costs more than running it, and
 * kept as a plan by the database under its name. The parameters must stand in it once each and in their order, and it must
 * name its columns: PostgreSQL refuses a kept plan whose result a migration has changed.
 */
export function prepared<P extends readonly unknown[], R>(
  name: string,
  build: (db: Db, ...parameters: P) => Compilable<R>,
): (db: Db, ...parameters: P) => Promise<R[]> {
  const built = new WeakMap<DialectAdapter, CompiledQuery<R>>()
  return (db, ...parameters) => {
    const { adapter } = db.getExecutor()
    const known = built.get(adapter)
    const query = known ?? checked(name, build(db, ...parameters).compile(), parameters)
    if (!known) built.set(adapter, query)
    return run(db, query, parameters)
  }
}

/**
 * Runs a query that was built before, without Kysely's layers where that is possible. What reads is handed on as it is: each
 * function that would wait for it costs a tenth of the read.
 */
function run<R>(db: Db, query: CompiledQuery<R>, parameters: readonly unknown[]): Promise<R[]> {
  const transaction = underWay(db)
  if (transaction) return rowsOf(transaction.connection.executeQuery<R>({ ...query, parameters }))
  const read = query.query.kind === 'SelectQueryNode' ? directReaderOf(db) : undefined
  return read ? read<R>({ sql: query.sql, parameters }) : rowsOf(db.executeQuery<R>({ ...query, parameters }))
}

const rowsOf = async <R>(result: Promise<QueryResult<R>>): Promise<R[]> => (await result).rows

/**
 * The same for the insertion of a row. Its columns are those that the row has, so there is one query for each set of them; the
 * values must stand in it once each, in the order of the row's columns.
 */
export function preparedInsert<T extends Record<string, unknown>, R>(
  name: string,
  build: (db: Db, row: T) => Compilable<R>,
): (db: Db, row: T) => Promise<R[]> {
  const insertionOf = insertions(name, build)
  return async (db, row) => {
    const { query, parameters } = insertionOf(db, row)
    return run(db, query, parameters)
  }
}

/**
 * The same for a row that nothing in its transaction depends on: PostgreSQL is told of it and not waited for. A row that is
 * refused fails the transaction at its end.
 */
export function preparedInsertBehind<T extends Record<string, unknown>>(
  name: string,
  build: (db: Db, row: T) => Compilable<unknown>,
): (tx: Tx, row: T) => Promise<void> {
  const insertionOf = insertions(name, build)
  return async (tx, row) => {
    const { query, parameters } = insertionOf(tx, row)
    await behind(tx, run(tx, query, parameters))
  }
}

/** Lets a prepared write of a transaction, that was asked for, go on by itself where nothing in the transaction depends on it. */
export async function behind(db: Db, written: Promise<unknown>): Promise<void> {
  const transaction = underWay(db)
  if (!transaction) return void (await written)
  // Whoever ends the transaction learns of it.
  written.catch(() => {})
  transaction.writing.push(written)
}

interface Insertion<R> {
  query: CompiledQuery<R>
  parameters: readonly unknown[]
}

function insertions<T extends Record<string, unknown>, R>(
  name: string,
  build: (db: Db, row: T) => Compilable<R>,
): (db: Db, row: T) => Insertion<R> {
  const built = new WeakMap<DialectAdapter, Map<string, CompiledQuery<R>>>()
  return (db, row) => {
    const { adapter } = db.getExecutor()
    const queries = built.get(adapter) ?? new Map<string, CompiledQuery<R>>()
    built.set(adapter, queries)
    const parameters: unknown[] = []
    let columns = ''
    for (const [column, value] of Object.entries(row)) {
      if (value === undefined) continue
      columns += `${column},`
      parameters.push(value)
    }
    const known = queries.get(columns)
    const query = known ?? checked(`${name}_${letterOf(queries.size)}`, build(db, row).compile(), parameters)
    if (!known) queries.set(columns, query)
    return { query, parameters }
  }
}

const letterOf = (index: number): string => String.fromCharCode('a'.charCodeAt(0) + index)

/** The name a query is to be kept under, or `undefined` for one that is not. */
export const nameOfPrepared = (sql: string): string | undefined =>
  sql.startsWith('/*') ? NAME.exec(sql)?.[1] : undefined

function checked<R>(name: string, query: CompiledQuery<R>, parameters: readonly unknown[]): CompiledQuery<R> {
  const inOrder =
    query.parameters.length === parameters.length &&
    query.parameters.every((value, index) => value === parameters[index])
  if (!inOrder) throw new Error(`The query ${name} must take its parameters once each and in their order.`)
  if (/\*(?! \*\/)/.test(query.sql)) throw new Error(`The query ${name} must name its columns.`)
  const sql = `/* ${name} */ ${query.sql}`
  if (!NAME.test(sql)) throw new Error(`A query cannot be called ${name}.`)
  return { ...query, sql }
}
