import { DatabaseSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type RootOperationNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type Direct, type DirectTransaction, type Query, usedDirectlyBy } from './direct.ts'
import { patiently } from './sqlite-busy.ts'
import { type Writer, writerOn } from './sqlite-group-commit.ts'
import { type Execute, executorOf } from './sqlite-statements.ts'

const PRAGMAS =
  'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on;'
/** What a savepoint would need to be undone was written to files, more often than the database itself. */
const IN_MEMORY = 'pragma temp_store = memory;'

/**
 * Kysely's dialect over `node:sqlite`: write-ahead log, every commit on the disk before it is answered, and before anybody
 * reads what it wrote. `spills`: what is sorted may go to files. With `direct`, prepared queries and transactions do without Kysely's layers, which tells nobody of them.
 */
export function sqliteDialect(
  file: string,
  { direct = false, spills = false }: { direct?: boolean; spills?: boolean } = {},
): Dialect {
  const { driver, direct: way } = sqliteDriver(file, spills ? PRAGMAS : `${PRAGMAS} ${IN_MEMORY}`)
  return {
    createAdapter: () => (direct ? usedDirectlyBy(new Adapter(), way) : new Adapter()),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class Adapter extends SqliteAdapter {
  /** SQLite undoes changes of tables too: a migration happens wholly or not at all, and once when two processes start it. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** The driver sees to the order itself: one that waits for the disk must not keep the next from beginning. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

function sqliteDriver(file: string, pragmas: string): { driver: Driver; direct: Direct } {
  // Without a time-out of its own, which would hold up the whole process: see `patiently`.
  const database = new DatabaseSync(file, { timeout: 0 })
  const run = executorOf(database)
  const writer = writerOn(database, run)
  const reader = readerOf(file, run, writer)
  const inTransaction = new WeakSet<DatabaseConnection>()
  let ready: Promise<void> | undefined
  const init = () => {
    ready ??= patiently(() => database.exec(pragmas))
    return ready
  }
  const driver: Driver = {
    init,
    acquireConnection: async () => {
      const connection: DatabaseConnection = {
        executeQuery: async <R>(query: CompiledQuery) => {
          if (inTransaction.has(connection)) return writer.execute<R>(query)
          if (query.query.kind === 'SelectQueryNode') return { rows: await reader.read<R>(query) }
          return isWrite(query.query) ? writer.write<R>(query) : writer.alone<R>(query)
        },
        streamQuery,
      }
      return connection
    },
    beginTransaction: async (connection) => {
      await writer.begin()
      inTransaction.add(connection)
    },
    commitTransaction: async (connection) => {
      const { durable } = writer.release()
      inTransaction.delete(connection)
      await durable
    },
    rollbackTransaction: async (connection) => {
      if (inTransaction.delete(connection)) await writer.rollback()
    },
    releaseConnection: async () => {},
    destroy: async () => {
      writer.flush()
      reader.close()
      database.close()
    },
  }
  const begin = async () => {
    if (!ready) await init()
    return beginOn(writer)
  }
  return { driver, direct: { begin, read: reader.read } }
}

async function beginOn(writer: Writer): Promise<DirectTransaction> {
  await writer.begin()
  let open = true
  return {
    connection: {
      executeQuery: async <R>(query: Query) => {
        if (!open) throw new Error('The transaction is over.')
        return writer.execute<R>(query)
      },
      streamQuery,
    },
    commit: async (writing) => {
      await Promise.all(writing)
      const { durable } = writer.release()
      open = false
      await durable
    },
    rollback: async () => {
      if (!open) return
      open = false
      await writer.rollback()
    },
  }
}

function streamQuery(): never {
  throw new Error('Streaming is not supported; page through the rows instead.')
}

const isWrite = ({ kind }: RootOperationNode): boolean =>
  kind === 'InsertQueryNode' || kind === 'UpdateQueryNode' || kind === 'DeleteQueryNode'

/** Reads on the connection that writes, or, while that one is ahead of the disk, on a second one that is not. */
function readerOf(file: string, run: Execute, writer: Writer) {
  let second: { database: DatabaseSync; run: Execute } | undefined
  const open = () => {
    const database = new DatabaseSync(file, { timeout: 0, readOnly: true })
    second = { database, run: executorOf(database) }
    return second
  }
  return {
    read: <R>(query: Query) =>
      patiently(() => (writer.isAhead() ? (second ?? open()).run<R>(query) : run<R>(query)).rows),
    close: () => second?.database.close(),
  }
}
