import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { patiently } from './sqlite-busy.ts'

/** How many prepared statements a connection keeps; the queries of the program are fewer. */
const STATEMENTS = 500

/** Kysely's dialect over `node:sqlite`: one connection, write-ahead log, every commit on the disk before it is answered. */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => sqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite undoes changes of tables too: a migration happens wholly or not at all, and once when two processes start it. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function sqliteDriver(file: string): Driver {
  // Without a time-out of its own, which would hold up the whole process: see `patiently`.
  const database = new DatabaseSync(file, { timeout: 0 })
  const connection = sqliteConnection(database)
  const queue = turns()
  const run = async (statement: string) => {
    await connection.executeQuery(CompiledQuery.raw(statement))
  }
  return {
    init: () =>
      patiently(() => database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;')),
    acquireConnection: async () => {
      await queue.enter()
      return connection
    },
    // Immediate: a transaction that read first could not be upgraded while another process writes.
    beginTransaction: () => run('begin immediate'),
    commitTransaction: () => run('commit'),
    rollbackTransaction: () => run('rollback'),
    releaseConnection: async () => queue.leave(),
    destroy: async () => database.close(),
  }
}

/** Lets one user of the connection in at a time, in the order of asking. */
function turns() {
  const waiting: (() => void)[] = []
  let taken = false
  return {
    enter: async () => {
      if (taken) await new Promise<void>((resolve) => waiting.push(resolve))
      taken = true
    },
    leave: () => {
      const next = waiting.shift()
      if (next) next()
      else taken = false
    },
  }
}

interface Statement {
  prepared: StatementSync
  returnsRows: boolean
}

function sqliteConnection(database: DatabaseSync): DatabaseConnection {
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
  const execute = <R>({ sql, parameters }: CompiledQuery): QueryResult<R> => {
    const { prepared, returnsRows } = prepare(sql)
    if (returnsRows) return { rows: rowsOf<R>(prepared, parameters) }
    const { changes, lastInsertRowid } = prepared.run(...parameters.map(sqliteValue))
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }
  return {
    executeQuery: <R>(query: CompiledQuery) => patiently(() => execute<R>(query)),
    streamQuery: () => {
      throw new Error('Streaming is not supported; page through the rows instead.')
    },
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
