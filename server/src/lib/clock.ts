/** Where the time comes from; tests hand in one that stands still. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** The clock as it stands now: what happens at one instant bears one time. */
export function stopped(clock: Clock): Clock {
  const ms = clock.now()
  return { now: () => ms }
}

/** A clock that moves only when told. */
export interface FakeClock extends Clock {
  advance(ms: number): void
}

/**
 * Starts at the given instant (ISO 8601) or at the present one. With a `step` it moves by so many milliseconds whenever it is
 * looked at, as real time does between two looks.
 */
export function fakeClock(start?: string, step = 0): FakeClock {
  let ms = start === undefined ? Date.now() : Date.parse(start)
  return {
    now: () => {
      ms += step
      return ms
    },
    advance: (by) => {
      ms += by
    },
  }
}

/** ISO 8601 in UTC with milliseconds, the form every timestamp has in code and in SQLite. */
export const iso = (ms: number): string => new Date(ms).toISOString()

/** The instant of an ISO 8601 text in milliseconds; `NaN` when it is none. */
export const parseIso = (text: string): number => Date.parse(text)

/** Whole seconds since 1970, as JWT's NumericDate (RFC 7519, section 2). */
export const seconds = (ms: number): number => Math.floor(ms / 1000)

/** ISO 8601 without fraction, the form timestamps have in the v1 API: `2018-07-13T10:00:00Z`. */
export const isoSeconds = (text: string): string => `${text.slice(0, 19)}Z`

/** The calendar day in UTC, `YYYY-MM-DD`. */
export const isoDay = (ms: number): string => iso(ms).slice(0, 10)

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
