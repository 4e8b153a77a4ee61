import { BoundedMap } from './bounded-map.ts'
import type { Rate } from './rates.ts'

/** Token buckets by key, in memory. */
export interface TokenBuckets {
  /** Takes one token of the key's buckets, one for each rate; returns 0, or the milliseconds until there is one in each. */
  take(key: string, now: number): number
}

/** Sums of fractions come out a little beside what they should be. */
const ROUNDING = 1e-9

interface Bucket {
  tokens: number
  filledAt: number
}

/** Buckets of at most `keys` keys; a key that was forgotten for lack of room begins anew with full ones. */
export function tokenBuckets(rates: readonly Rate[], keys: number): TokenBuckets {
  const known = new BoundedMap<string, Bucket[]>(keys)
  return {
    take: (key, now) => {
      const buckets = known.get(key) ?? rates.map(({ count }) => ({ tokens: count, filledAt: now }))
      const waits = buckets.map((bucket, index) => {
        const { count, window } = rates[index] ?? { count: 1, window: 1 }
        bucket.tokens = Math.min(count, bucket.tokens + (Math.max(0, now - bucket.filledAt) * count) / window)
        bucket.filledAt = now
        const missing = 1 - bucket.tokens
        return missing <= ROUNDING ? 0 : Math.ceil((missing * window) / count - ROUNDING)
      })
      known.set(key, buckets)
      const wait = Math.max(0, ...waits)
      if (wait === 0) for (const bucket of buckets) bucket.tokens -= 1
      return wait
    },
  }
}
