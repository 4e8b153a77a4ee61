import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { PoolWatch } from './pool-watch.ts'
import { isTimeout, isUnavailable, unavailable } from './unavailable.ts'

/** Milliseconds that a database may be away before requests are told so: a restart usually takes less. */
const PATIENCE = 2000
const PAUSE = 50

/**
 * Takes connections from the pool, and again while nobody accepts any: nothing was sent yet, so nothing can be done twice. Once
 * the database has been away for longer than the patience, everybody is refused at the first try until it is back.
 */
export function connecting(pool: pg.Pool, watch: PoolWatch): () => Promise<pg.PoolClient> {
  let awaySince: number | undefined
  watch.begin(() => ({
    size: pool.options.max,
    open: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))
  const attempt = async (): Promise<pg.PoolClient> => {
    for (;;) {
      try {
        const client = await pool.connect()
        awaySince = undefined
        return client
      } catch (error) {
        // It was waited for long enough; and that all connections are in use says nothing of the database.
        if (isTimeout(error)) throw unavailable(error)
        if (!isUnavailable(error)) throw error
        awaySince ??= performance.now()
        if (performance.now() - awaySince > PATIENCE) throw unavailable(error)
      }
      await sleep(PAUSE * (0.5 + Math.random()))
    }
  }
  return async () => {
    const asked = performance.now()
    try {
      return await attempt()
    } finally {
      watch.waited(performance.now() - asked)
    }
  }
}
