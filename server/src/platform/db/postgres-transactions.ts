import type { CompiledQuery, PostgresPool, PostgresPoolClient, PostgresQueryResult, QueryResult } from 'kysely'
import type { Direct, DirectTransaction } from './direct.ts'

/**
 * Begins transactions on connections of the pool. What need not be waited for shares a round trip: the beginning goes out with a
 * first statement that reads, the commit with the writes before it.
 */
export const beginningOn =
  (pool: PostgresPool): Direct['begin'] =>
  async () =>
    beginOn(await pool.connect())

function beginOn(client: PostgresPoolClient): DirectTransaction {
  let begun = false
  let waits = false
  let over = false
  let ended = false
  const beginning = client.query('begin', []).then(() => {
    begun = true
  })
  // Whoever runs the first statement learns of it.
  beginning.catch(() => {})
  const run = async <R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> => {
    if (over) throw new Error('The transaction is over.')
    if (begun) return resultOf(await client.query<R>(sql, parameters))
    // A write that follows no beginning would stand by itself; and what comes after it stays after it.
    waits ||= query.kind !== 'SelectQueryNode'
    if (waits) await beginning
    const [, result] = await Promise.all([beginning, client.query<R>(sql, parameters)])
    return resultOf(result)
  }
  const end = (failed: boolean) => {
    ended = true
    client.release(failed)
  }
  return {
    connection: { executeQuery: run, streamQuery },
    commit: async (writing) => {
      over = true
      await beginning
      const committing = client.query('commit', [])
      const [committed, ...written] = await Promise.allSettled([committing, ...writing])
      end(committed.status === 'rejected')
      // COMMIT ends what a failed statement has undone, too; what that one says tells why.
      const failed = [...written, committed].find((outcome) => outcome.status === 'rejected')
      if (failed) throw failed.reason
      if (committed.status === 'fulfilled' && isRollback(committed.value))
        throw new Error('The transaction was undone.')
    },
    rollback: async () => {
      if (ended) return
      over = true
      // Behind what waits for the beginning to be sent.
      await beginning.catch(() => {})
      await client.query('rollback', []).then(
        () => end(false),
        (error: unknown) => {
          end(true)
          throw error
        },
      )
    },
  }
}

const resultOf = <R>({ command, rowCount, rows }: PostgresQueryResult<R>): QueryResult<R> => ({
  ...(command === 'SELECT' ? {} : { numAffectedRows: BigInt(rowCount ?? 0) }),
  rows,
})

const isRollback = ({ command }: PostgresQueryResult<unknown>): boolean => command === 'ROLLBACK'

function streamQuery(): never {
  throw new Error('Streaming is not supported; page through the rows instead.')
}
