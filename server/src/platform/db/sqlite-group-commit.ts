import type { DatabaseSync } from 'node:sqlite'
import type { CompiledQuery, QueryResult } from 'kysely'
import { patiently } from './sqlite-busy.ts'
import type { Execute } from './sqlite-statements.ts'
import { createTurns } from './turns.ts'

type Query = Pick<CompiledQuery, 'sql' | 'parameters'>

/**
 * Transactions on one connection, one after the other. Those that end in the same turn of the event loop share a commit,
 * and with it the wait for the disk, which holds up everything else in the process; each is answered only after it. Within
 * the shared transaction each is a savepoint, so that one that fails takes nothing of the others along.
 */
export interface Writer {
  /** Waits for its turn and begins. */
  begin(): Promise<void>
  /** A statement of the transaction that was begun. */
  execute<R>(query: Query): QueryResult<R>
  /** Ends the transaction; the next one may begin, but nobody may be told of it before the promise resolves. */
  release(): { durable: Promise<void> }
  /** Undoes the transaction; resolves once what made it fail, perhaps another's write, is on the disk and can be read. */
  rollback(): Promise<void>
  /** A statement that is a transaction by itself. */
  write<R>(query: Query): Promise<QueryResult<R>>
  /** A statement that cannot be part of a shared transaction. */
  alone<R>(query: Query): Promise<QueryResult<R>>
  /** Whether the connection sees what is not on the disk yet. */
  isAhead(): boolean
  /** Commits what is open. */
  flush(): void
}

/** The most transactions that share a commit. */
const MOST = 64

const query = (sql: string): Query => ({ sql, parameters: [] })
// Immediate: a transaction that read first could not be upgraded while another process writes.
const BEGIN = query('begin immediate')
const COMMIT = query('commit')
const SAVEPOINT = query('savepoint member')
const RELEASE = query('release member')
const UNDO = query('rollback to member')

/** The writer of a connection. */
export function writerOn(database: DatabaseSync, run: Execute): Writer {
  const turns = createTurns()
  const shared = sharedTransaction(database, run)
  let due: NodeJS.Immediate | undefined

  const flush = () => {
    clearImmediate(due)
    due = undefined
    shared.commit()
  }
  const leave = () => {
    if (shared.size() >= MOST) flush()
    // By then whoever's request has arrived has joined in.
    else due ??= setImmediate(() => turns.take(flush))
    turns.leave()
  }
  /**
   * The commit of those who wait for it. A rule that was broken may have been broken by one of them: whoever is refused must be
   * able to read what refused them. That the commit failed is for the others to learn.
   */
  const others = () => (shared.size() > 0 ? shared.join().catch(() => {}) : undefined)
  const inTurn = async <T>(task: () => T | Promise<T>): Promise<T> => {
    await turns.enter()
    try {
      return await task()
    } catch (error) {
      const readable = others()
      leave()
      await readable
      throw error
    }
  }
  const release = () => {
    const durable = shared.join()
    leave()
    return { durable }
  }
  return {
    begin: () =>
      inTurn(async () => {
        await shared.begin()
        run(SAVEPOINT)
      }),
    execute: (statement) => {
      // By itself it would stand, though what came before it in its transaction is gone.
      if (!database.isTransaction) throw new Error('The transaction was undone.')
      return shared.attempt(() => run(statement))
    },
    release: () => {
      shared.attempt(() => run(RELEASE))
      return release()
    },
    rollback: async () => {
      if (database.isTransaction) for (const statement of [UNDO, RELEASE]) run(statement)
      const readable = others()
      leave()
      await readable
    },
    write: async <R>(statement: Query) => {
      const result = await inTurn(async () => {
        await shared.begin()
        return shared.attempt(() => run<R>(statement))
      })
      await release().durable
      return result
    },
    alone: async <R>(statement: Query) => {
      const result = await inTurn(() => {
        flush()
        return patiently(() => run<R>(statement))
      })
      turns.leave()
      return result
    },
    isAhead: () => database.isTransaction,
    flush,
  }
}

/** The transaction that is open on the connection, with those who wait for its commit. */
function sharedTransaction(database: DatabaseSync, run: Execute) {
  let open = false
  let members: PromiseWithResolvers<void>[] = []
  const settle = (outcome: (member: PromiseWithResolvers<void>) => void) => {
    const ending = members
    members = []
    open = false
    ending.forEach(outcome)
  }
  const fail = (error: unknown) => {
    if (database.isTransaction) database.exec('rollback')
    settle(({ reject }) => reject(error))
  }
  return {
    begin: async () => {
      if (!open) await patiently(() => run(BEGIN))
      open = true
    },
    join: (): Promise<void> => {
      const member = Promise.withResolvers<void>()
      members.push(member)
      return member.promise
    },
    size: () => members.length,
    /** Errors such as a full disk make SQLite undo the whole transaction by itself. */
    attempt: <T>(task: () => T): T => {
      try {
        return task()
      } catch (error) {
        if (open && !database.isTransaction) fail(error)
        throw error
      }
    },
    commit: () => {
      if (!open) return
      try {
        run(COMMIT)
        settle(({ resolve }) => resolve())
      } catch (error) {
        fail(error)
      }
    },
  }
}
