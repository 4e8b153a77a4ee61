import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { type Clock, iso, SECOND } from '../../lib/clock.ts'
import type { Db } from '../db/db.ts'
import { type Use, writeUses } from './store.ts'

/** When and from where API keys were used last: kept in memory, and written a little later, many at a time. */
export interface LastUses extends AsyncDisposable {
  /** Notes a use of now, which writes nothing. */
  note(api_key_id: number, address: string | null): void
  /** Writes what was noted; what cannot be written stays noted. */
  flush(): Promise<void>
}

/** Keys whose use waits to be written; beyond that, what was noted first is forgotten. Each takes about 200 bytes. */
const LIMIT = 50_000
const WRITTEN_AT_ONCE = 200
const PAUSE = 5 * SECOND

interface Needs {
  db: Db
  clock: Clock
  log: Logger
}

/** The uses that this process has seen; disposing of it writes them. */
export function createLastUses({ db, clock, log }: Needs, limit = LIMIT): LastUses {
  let waiting = new BoundedMap<number, Use>(limit)
  const flush = async () => {
    const uses = [...waiting.values()].sort((a, b) => a.api_key_id - b.api_key_id)
    waiting = new BoundedMap(limit)
    for (let start = 0; start < uses.length; start += WRITTEN_AT_ONCE) {
      try {
        await writeUses(db, uses.slice(start, start + WRITTEN_AT_ONCE))
      } catch (error) {
        for (const use of uses.slice(start))
          if (waiting.get(use.api_key_id) === undefined) waiting.set(use.api_key_id, use)
        throw error
      }
    }
  }
  return {
    note: (api_key_id, address) => waiting.set(api_key_id, { api_key_id, at: iso(clock.now()), address }),
    flush,
    [Symbol.asyncDispose]: () =>
      flush().catch((error: unknown) => log.error({ err: error }, 'The last uses of API keys could not be written')),
  }
}

/** Writes them every few seconds from now on, until disposed of. */
export function startWritingUses({ uses, log }: { uses: LastUses; log: Logger }): AsyncDisposable {
  const stop = new AbortController()
  const ended = (async () => {
    while (!stop.signal.aborted) {
      await sleep(PAUSE, undefined, { signal: stop.signal }).catch(() => {})
      await uses
        .flush()
        .catch((error: unknown) => log.error({ err: error }, 'The last uses of API keys are written later'))
    }
  })()
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
