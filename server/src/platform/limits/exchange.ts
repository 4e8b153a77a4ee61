import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Clock, SECOND } from '../../lib/clock.ts'
import type { TokenBuckets, Untold } from '../../lib/token-buckets.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Db } from '../db/db.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { addUses } from './store.ts'

/** Keys of each family that are exchanged at once; the others wait for their turn. */
const AT_ONCE = 500
const PAUSE = SECOND

/** What exchanges its counts when it is told to. */
interface Exchanging {
  exchange(): Promise<void>
}

interface Needs {
  db: Db
  clock: Clock
  ring: KeyRing
  metrics: Pick<Metrics, 'exchange'>
}

/**
 * Tells the other processes, by way of the database, what was taken much of here, and learns what they took of it: one
 * statement. Where nothing was taken much of, none. What cannot be told is told the next time.
 */
export function exchanger(
  { db, clock, ring, metrics }: Needs,
  memory: Readonly<Record<string, TokenBuckets>>,
): () => Promise<void> {
  const collect = (now: number) => {
    const parts: { buckets: TokenBuckets; untold: Untold; keys: string[] }[] = []
    for (const [family, buckets] of Object.entries(memory))
      for (const untold of buckets.untold(AT_ONCE, now)) {
        const keys = untold.rates.map(({ count, window }) => `shared ${family} ${count}/${window} ${untold.key}`)
        // Whoever reads the table learns neither addresses nor accounts.
        parts.push({ buckets, untold, keys: keys.map((key) => ring.digest('limits', key).slice(0, 40)) })
      }
    return parts
  }
  return async () => {
    const now = clock.now()
    const parts = collect(now)
    if (parts.length === 0) return
    const uses = parts.flatMap(({ keys, untold }) =>
      keys.map((key, index) => ({ key, used_until: now + (untold.used[index] ?? 0) })),
    )
    try {
      const all = await addUses(db, uses.sort(byKey), now)
      const until = new Map(all.map(({ key, used_until }) => [key, used_until]))
      const learnt = clock.now()
      for (const { buckets, untold, keys } of parts) {
        const used = keys.map((key) => (until.get(key) ?? 0) - learnt)
        buckets.learn(untold, used, learnt)
      }
    } catch (error) {
      for (const { buckets, untold } of parts) buckets.keep(untold)
      metrics.exchange('failed', parts.length)
      throw error
    }
    metrics.exchange('done', parts.length)
  }
}

const byKey = (one: { key: string }, other: { key: string }): number => (one.key < other.key ? -1 : 1)

/** Exchanges about once a second from now on, until disposed of, and then once more. */
export function startExchanging({ limits, log }: { limits: Exchanging; log: Logger }): AsyncDisposable {
  const stop = new AbortController()
  let failing = false
  const exchange = async () => {
    try {
      await limits.exchange()
      failing = false
    } catch (error) {
      // Once, and not every second.
      if (!failing) log.error({ err: error }, 'This process counts limits by itself until the database answers')
      failing = true
    }
  }
  const ended = (async () => {
    while (!stop.signal.aborted) {
      await sleep(PAUSE, undefined, { signal: stop.signal }).catch(() => {})
      await exchange()
    }
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
