import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import type pg from 'pg'
import { nameOfPrepared } from './prepared.ts'

/** The pool, with connections on which the server keeps the plans of prepared queries instead of making them each time. */
export function keepingPlans(pool: pg.Pool): PostgresPool {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const keeping = known.get(client) ?? keepingPlansOf(client)
      known.set(client, keeping)
      return keeping
    },
  }
}

function keepingPlansOf(client: pg.PoolClient): PostgresPoolClient {
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  function query(text: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof text !== 'string') throw new Error('Cursors are not supported; page through the rows instead.')
    const name = nameOfPrepared(text)
    return client.query({ text, values: [...parameters], ...(name === undefined ? {} : { name }) })
  }
  return { query, release: (destroy) => client.release(destroy) }
}
