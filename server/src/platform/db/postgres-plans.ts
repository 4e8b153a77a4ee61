import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'
import type { Query, ReadDirectly } from './direct.ts'
import { nameOfPrepared } from './prepared.ts'
import { isLost, isUnavailable, isUndone, unavailable } from './unavailable.ts'

/**
 * The pool, with connections on which the server keeps the plans of prepared queries instead of making them each time, and
 * which are not used again once they were lost.
 */
export function keepingPlans(pool: pg.Pool, connect: () => Promise<pg.PoolClient>): PostgresPool {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await connect()
      const keeping = known.get(client) ?? keepingPlansOf(client)
      known.set(client, keeping)
      return keeping
    },
  }
}

function keepingPlansOf(client: pg.PoolClient): PostgresPoolClient {
  let lost: unknown
  let inTransaction = false
  const failed = (error: unknown): never => {
    if (isLost(error)) lost = error
    throw isUnavailable(error) ? unavailable(error) : error
  }
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query(text: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new Error('Cursors are not supported; page through the rows instead.')
    // What would wait behind an answer that never comes, a rollback above all.
    if (lost !== undefined) return Promise.reject(unavailable(lost))
    const alone = !inTransaction
    const name = nameOfPrepared(text)
    if (name !== undefined) {
      // Those that begin and end transactions have no name.
    } else if (/^(begin|start transaction)\b/i.test(text)) inTransaction = true
    else if (/^(commit|rollback)\b(?! to)/i.test(text)) inTransaction = false
    const run = () => client.query({ text, values: [...parameters], ...(name === undefined ? {} : { name }) })
    // One that was undone by itself has left nothing behind, and is said again; a commit is never by itself.
    const again = (error: unknown) => (isUndone(error) && alone ? run() : Promise.reject(error))
    return run().catch(again).catch(failed)
  }
  return { query, release: (destroy) => client.release(destroy || lost !== undefined) }
}

/** Reads prepared queries over the pool itself. */
export const readerOf =
  (pool: PostgresPool): ReadDirectly =>
  async <R>({ sql, parameters }: Query) => {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<R>(sql, parameters)
      return rows
    } finally {
      client.release()
    }
  }
