import type { Compilable, CompiledQuery, DialectAdapter } from 'kysely'
import type { Db } from './db.ts'
import { directReaderOf } from './direct.ts'

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
  return async (db, ...parameters) => {
    const { adapter } = db.getExecutor()
    const query = built.get(adapter) ?? checked(name, build(db, ...parameters).compile(), parameters)
    built.set(adapter, query)
    const read = query.query.kind === 'SelectQueryNode' ? directReaderOf(db) : undefined
    if (read) return read<R>({ sql: query.sql, parameters })
    const { rows } = await db.executeQuery<R>({ ...query, parameters })
    return rows
  }
}

/**
 * The same for the insertion of a row. Its columns are those that the row has, so there is one query for each set of them; the
 * values must stand in it once each, in the order of the row's columns.
 */
export function preparedInsert<T extends Record<string, unknown>, R>(
  name: string,
  build: (db: Db, row: T) => Compilable<R>,
): (db: Db, row: T) => Promise<R[]> {
  const built = new WeakMap<DialectAdapter, Map<string, CompiledQuery<R>>>()
  return async (db, row) => {
    const { adapter } = db.getExecutor()
    const queries = built.get(adapter) ?? new Map<string, CompiledQuery<R>>()
    built.set(adapter, queries)
    const cells = Object.entries(row).filter(([, value]) => value !== undefined)
    const columns = cells.map(([column]) => column).join()
    const parameters = cells.map(([, value]) => value)
    const known = queries.get(columns)
    const query = known ?? checked(`${name}_${letterOf(queries.size)}`, build(db, row).compile(), parameters)
    queries.set(columns, query)
    const { rows } = await db.executeQuery<R>({ ...query, parameters })
    return rows
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
