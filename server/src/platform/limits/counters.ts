import { BoundedMap } from '../../lib/bounded-map.ts'
import { type Clock, iso, parseIso } from '../../lib/clock.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Db } from '../db/db.ts'
import type { Limit } from './families.ts'
import { type Counter, countDown, countUp, readCounters } from './store.ts'

/** What became of a use, or would become of one. */
export interface Tally {
  /** Whether it is within every rate. */
  admitted: boolean
  /** How often within the time of the first rate, this use included where it was counted. */
  count: number
  /** Milliseconds until it is admitted again; 0 where it is. */
  wait: number
}

/** Counters that all processes share through the database. Not for use inside of a transaction. */
export interface Counters {
  /** Counts a use; nothing is written where this process knows that it is over. */
  count(limit: Limit, subject: string): Promise<Tally>
  /** What a use would meet, counting nothing. */
  look(limit: Limit, subject: string): Promise<Tally>
  /** Takes back a use that was counted. */
  giveBack(limit: Limit, subject: string): Promise<void>
}

/** How many subjects a process remembers as used up, in memory. */
const REMEMBERED = 50_000

export function createCounters({ db, clock, ring }: { db: Db; clock: Clock; ring: KeyRing }): Counters {
  const usedUp = new BoundedMap<string, number>(REMEMBERED)
  // Whoever reads the table learns neither addresses nor e-mails.
  const keysOf = ({ family, rates }: Limit, subject: string) =>
    rates.map(({ window }) => ring.digest('limits', `${family}:${window}:${subject}`).slice(0, 40))
  const remembered = (key: string | undefined): Tally | undefined => {
    const until = key === undefined ? undefined : usedUp.get(key)
    if (key === undefined || until === undefined) return undefined
    const wait = until - clock.now()
    if (wait > 0) return { admitted: false, count: Number.POSITIVE_INFINITY, wait }
    usedUp.delete(key)
    return undefined
  }
  const remember = (key: string | undefined, tally: Tally): Tally => {
    if (key !== undefined && !tally.admitted) usedUp.set(key, clock.now() + tally.wait)
    return tally
  }
  return {
    count: async (limit, subject) => {
      const keys = keysOf(limit, subject)
      const known = limit.rates.length === 0 ? NO_LIMIT : remembered(keys[0])
      if (known) return known
      const now = clock.now()
      const counters = limit.rates.map(({ window }, index) => ({ key: keys[index] ?? '', ends_at: iso(now + window) }))
      // In one order everywhere: PostgreSQL locks row by row.
      counters.sort((a, b) => (a.key < b.key ? -1 : 1))
      return remember(keys[0], tallyOf(limit, keys, await countUp(db, counters, iso(now)), now, 0))
    },
    look: async (limit, subject) => {
      const keys = keysOf(limit, subject)
      const known = limit.rates.length === 0 ? NO_LIMIT : remembered(keys[0])
      if (known) return known
      const now = clock.now()
      return remember(keys[0], tallyOf(limit, keys, await readCounters(db, keys, iso(now)), now, 1))
    },
    giveBack: async (limit, subject) => {
      if (limit.rates.length === 0) return
      const keys = keysOf(limit, subject)
      usedUp.delete(keys[0] ?? '')
      await countDown(db, keys, iso(clock.now()))
    },
  }
}

const NO_LIMIT: Tally = { admitted: true, count: 0, wait: 0 }

/** Judges the counters with `more` uses added. */
function tallyOf({ rates }: Limit, keys: string[], counters: Counter[], now: number, more: number): Tally {
  const found = rates.map((rate, index) => ({ rate, counter: counters.find(({ key }) => key === keys[index]) }))
  const waits = found.map(({ rate, counter }) =>
    counter && counter.count + more > rate.count ? Math.max(1, parseIso(counter.ends_at) - now) : 0,
  )
  const wait = Math.max(0, ...waits)
  return { admitted: wait === 0, count: found[0]?.counter?.count ?? 0, wait }
}
