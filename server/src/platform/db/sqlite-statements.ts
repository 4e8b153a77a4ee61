import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'
import { resultOf, SQLITE_FULL, SQLITE_IOERR } from './sqlite-results.ts'
import { unavailable } from './unavailable.ts'

/** How many prepared statements a connection keeps; the queries of the program are fewer. */
const STATEMENTS = 500

/** Runs queries at once, each prepared the first time. */
export type Execute = <R>(query: Pick<CompiledQuery, 'sql' | 'parameters'>) => QueryResult<R>

interface Statement {
  prepared: StatementSync
  /** The columns of its rows; none where it returns none. */
  columns: readonly string[]
  /** A row of nulls. */
  shape: Row
}

type Row = Record<string, unknown>

/** What runs queries on one connection. */
export function executorOf(database: DatabaseSync): Execute {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known) return known
    const prepared = database.prepare(sql)
    prepared.setReturnArrays(true)
    const statement = { prepared, ...columnsOf(prepared) }
    if (statements.size >= STATEMENTS) statements.delete(statements.keys().next().value ?? '')
    statements.set(sql, statement)
    return statement
  }
  return <R>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): QueryResult<R> => {
    try {
      const statement = prepare(sql)
      if (statement.columns.length > 0) return { rows: rowsOf<R>(statement, parameters) }
      const { changes, lastInsertRowid } = statement.prepared.run(...parameters.map(sqliteValue))
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    } catch (error) {
      throw isDiskTrouble(error) ? unavailable(error) : error
    }
  }
}

/** The statement is right, and there is no room for it, or no disk. */
const DISK_TROUBLE: readonly number[] = [SQLITE_IOERR, SQLITE_FULL]

const isDiskTrouble = (error: unknown): boolean => DISK_TROUBLE.includes(resultOf(error) ?? 0)

/**
 * Rows are made of the driver's cells: the rows that it would make itself are hash tables, and reading their fields costs more
 * than reading the database. Copies of one object keep its shape.
 */
function rowsOf<R>(statement: Statement, parameters: readonly unknown[]): R[] {
  const found: unknown[] = statement.prepared.all(...parameters.map(sqliteValue))
  const rows = found.map((cells) => rowOf(statement, Array.isArray(cells) ? cells : []))
  // The driver's boundary: Kysely types rows by the query that made them.
  return rows as R[]
}

function rowOf(statement: Statement, cells: readonly unknown[]): Row {
  // A migration of another process has added a column to a table that the statement reads whole.
  if (cells.length !== statement.columns.length) Object.assign(statement, columnsOf(statement.prepared))
  const { columns, shape } = statement
  const row = { ...shape }
  for (let at = 0; at < columns.length; at += 1) row[columns[at] ?? ''] = cells[at]
  return row
}

function columnsOf(prepared: StatementSync): Pick<Statement, 'columns' | 'shape'> {
  const columns = prepared.columns().map(({ name }) => name)
  // Parsed, because an object to which fields were added one by one becomes a hash table.
  const shape: Row = JSON.parse(JSON.stringify(Object.fromEntries(columns.map((name) => [name, null]))))
  return { columns, shape }
}

function sqliteValue(value: unknown): SQLInputValue {
  if (value === undefined) return null
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`A ${typeof value} cannot be stored in SQLite.`)
}
