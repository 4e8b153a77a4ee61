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

/** How many prepared statements a connection keeps; the queries of the program are fewer. */
const STATEMENTS = 500

/** Kysely's dialect over `node:sqlite`: one connection, write-ahead log, every commit on the disk before it is answered. */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => sqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

function sqliteDriver(file: string): Driver {
  const database = new DatabaseSync(file)
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;',
  )
  const connection = sqliteConnection(database)
  const queue = turns()
  const run = async (statement: string) => {
    await connection.executeQuery(CompiledQuery.raw(statement))
  }
  return {
    init: async () => {},
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

function sqliteConnection(database: DatabaseSync): DatabaseConnection {
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    if (statements.size >= STATEMENTS) statements.delete(statements.keys().next().value ?? '')
    statements.set(sql, statement)
    return statement
  }
  return {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      const statement = prepare(sql)
      if (statement.columns().length > 0) return { rows: rowsOf<R>(statement, parameters) }
      const { changes, lastInsertRowid } = statement.run(...parameters.map(sqliteValue))
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
    },
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
