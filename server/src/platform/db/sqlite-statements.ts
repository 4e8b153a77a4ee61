import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'

/** How many prepared statements a connection keeps; the queries of the program are fewer. */
const STATEMENTS = 500

/** Runs queries at once, each prepared the first time. */
export type Execute = <R>(query: Pick<CompiledQuery, 'sql' | 'parameters'>) => QueryResult<R>

interface Statement {
  prepared: StatementSync
  returnsRows: boolean
}

/** What runs queries on one connection. */
export function executorOf(database: DatabaseSync): Execute {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known) return known
    const prepared = database.prepare(sql)
    const statement = { prepared, returnsRows: prepared.columns().length > 0 }
    if (statements.size >= STATEMENTS) statements.delete(statements.keys().next().value ?? '')
    statements.set(sql, statement)
    return statement
  }
  return <R>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): QueryResult<R> => {
    const { prepared, returnsRows } = prepare(sql)
    if (returnsRows) return { rows: rowsOf<R>(prepared, parameters) }
    const { changes, lastInsertRowid } = prepared.run(...parameters.map(sqliteValue))
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }
}

function rowsOf<R>(statement: StatementSync, parameters: readonly unknown[]): R[] {
  const rows: unknown[] = statement.all(...parameters.map(sqliteValue))
  // The driver's boundary: Kysely types rows by the query that made them.
  return rows as R[]
}

function sqliteValue(value: unknown): SQLInputValue {
  if (value === undefined) return null
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`A ${typeof value} cannot be stored in SQLite.`)
}
