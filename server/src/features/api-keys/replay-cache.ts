import type { Clock } from '../../lib/clock.ts'

/** Remembers in memory what was used until it would be refused for its age. */
export interface ReplayCache {
  /** Whether a use was noted. */
  has(use: string): boolean
  /** Notes a use; `used` when it was noted before, `full` when nothing more can be remembered. */
  take(use: string, until: number): 'fresh' | 'used' | 'full'
}

/** As many as some thousand requests a second leave behind within half a minute; each takes about 150 bytes. */
const LIMIT = 200_000

/** Nothing is forgotten before its time: when the cache is full, it says so. Times are milliseconds. */
export function replayCache(clock: Clock, limit = LIMIT): ReplayCache {
  const uses = new Map<string, number>()
  // Their times differ by seconds, so those that ended stand at the beginning, or soon will.
  const forget = (now: number) => {
    for (const [use, until] of uses) {
      if (until > now) return
      uses.delete(use)
    }
  }
  return {
    has: (use) => uses.has(use),
    take: (use, until) => {
      forget(clock.now())
      if (uses.has(use)) return 'used'
      if (uses.size >= limit) return 'full'
      uses.set(use, until)
      return 'fresh'
    },
  }
}
