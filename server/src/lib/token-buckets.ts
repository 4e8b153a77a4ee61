import { BoundedMap } from './bounded-map.ts'
import type { Rate } from './rates.ts'

/** Token buckets by key, in memory, of which others elsewhere may learn, and which learn from others. */
export interface TokenBuckets {
  /** Takes one token of the key's buckets, one for each rate; returns 0, or the milliseconds until there is one in each. */
  take(key: string, rates: readonly Rate[], now: number): number
  /**
   * What was taken since it was told last, of at most `limit` keys that were taken much of: more than a share of a rate within
   * its time. It counts as told from now on. The time after that nothing is told of them once more, to learn what others tell meanwhile.
   */
  untold(limit: number, now: number): Untold[]
  /** What all together have taken, those who were told included. */
  learn(told: Untold, used: readonly number[], now: number): void
  /** It could not be told, and is told another time. */
  keep(untold: Untold): void
}

/** What was taken of a key that nobody else knows of. */
export interface Untold {
  readonly key: string
  readonly rates: readonly Rate[]
  readonly takes: number
  /** For each rate the milliseconds until its bucket would be full again, if nothing else had been taken. */
  readonly used: readonly number[]
}

/**
 * Others learn of a key from an eighth of its rate on, so that up to eight who share a rate and never hear of each other's
 * uses have no more than the rate together.
 */
const SHARE = 1 / 8
/** Keys that wait to be told at once; those beyond it are told when they are taken of the next time. */
const WAITING = 20_000
/** What was taken too much is paid back for so long beyond the time of the rate, or for that time where it is longer. */
const PAID_BACK = 10_000
/** Sums of fractions come out a little beside what they should be; in milliseconds. */
const ROUNDING = 1e-6

/** How much is used is kept as the time until the bucket is full again, which passes by itself (GCRA). */
interface Bucket {
  used: number
  /** When the present period of counting began, how often was taken in it, and in the one before. */
  began: number
  taken: number
  before: number
}

interface Entry {
  readonly rates: readonly Rate[]
  readonly buckets: Bucket[]
  at: number
  untold: number
}

/** Buckets of at most `keys` keys; a key that was forgotten for lack of room begins anew with full ones. */
export function tokenBuckets(keys: number): TokenBuckets {
  const known = new BoundedMap<string, Entry>(keys)
  const waiting = new Map<string, Entry>()
  const add = (key: string, rates: readonly Rate[], now: number): Entry => {
    const buckets = rates.map(() => ({ used: 0, began: now, taken: 0, before: 0 }))
    const entry = { rates, buckets, at: now, untold: 0 }
    known.set(key, entry)
    return entry
  }
  return {
    take: (key, rates, now) => {
      const entry = known.get(key) ?? add(key, rates, now)
      refill(entry, now)
      const wait = waitOf(entry)
      if (wait > 0) return wait
      if (count(entry, now) && (waiting.size < WAITING || waiting.has(key))) waiting.set(key, entry)
      return 0
    },
    untold: (limit, now) => {
      const found: Untold[] = []
      const again: [string, Entry][] = []
      for (const [key, entry] of waiting) {
        if (found.length >= limit) break
        refill(entry, now)
        const { rates, buckets, untold: takes } = entry
        // No more than is used still: what was taken long ago is nobody's concern.
        const used = rates.map((rate, index) => Math.min(buckets[index]?.used ?? 0, takes * timeOf(rate)))
        found.push({ key, rates, takes, used })
        entry.untold = 0
        waiting.delete(key)
        if (takes > 0) again.push([key, entry])
      }
      for (const [key, entry] of again) waiting.set(key, entry)
      return found
    },
    learn: ({ key }, used, now) => {
      const entry = known.get(key)
      if (!entry) return
      refill(entry, now)
      for (const [index, rate] of entry.rates.entries()) {
        const bucket = entry.buckets[index]
        const theirs = Math.min(used[index] ?? 0, rate.window + Math.max(rate.window, PAID_BACK))
        // Taken while the others were told.
        if (bucket) bucket.used = Math.max(bucket.used, theirs + entry.untold * timeOf(rate))
      }
    },
    keep: ({ key, takes }) => {
      const entry = known.get(key)
      if (!entry) return
      entry.untold += takes
      if (waiting.size < WAITING) waiting.set(key, entry)
    },
  }
}

/** Milliseconds that one use takes to be made up for. */
const timeOf = ({ count, window }: Rate): number => window / count

function refill(entry: Entry, now: number): void {
  const passed = Math.max(0, now - entry.at)
  entry.at = now
  if (passed > 0) for (const bucket of entry.buckets) bucket.used = Math.max(0, bucket.used - passed)
}

function waitOf({ rates, buckets }: Entry): number {
  let wait = 0
  for (const [index, rate] of rates.entries()) {
    const missing = (buckets[index]?.used ?? 0) + timeOf(rate) - rate.window
    if (missing > ROUNDING) wait = Math.max(wait, Math.ceil(missing - ROUNDING))
  }
  return wait
}

/** Counts a use; returns whether there were many of a rate in this period or the one before. */
function count(entry: Entry, now: number): boolean {
  let many = false
  entry.untold += 1
  for (const [index, rate] of entry.rates.entries()) {
    const bucket = entry.buckets[index]
    if (!bucket) continue
    bucket.used += timeOf(rate)
    const periods = Math.floor((now - bucket.began) / rate.window)
    if (periods !== 0) {
      bucket.before = periods === 1 ? bucket.taken : 0
      bucket.taken = 0
      bucket.began = now
    }
    bucket.taken += 1
    many ||= Math.max(bucket.taken, bucket.before) > rate.count * SHARE
  }
  return many
}
