import { DAY, HOUR, MINUTE, SECOND } from './clock.ts'

/** So many within so long; `window` in milliseconds. */
export interface Rate {
  readonly count: number
  readonly window: number
}

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY }
const MAX_COUNT = 1_000_000
const MAX_WINDOW = 31 * DAY

/**
 * Reads rates that hold together, `10/1m,100/1h`: ten a minute and a hundred an hour. `0` and `off` are none. Throws an
 * Error whose message follows the name of what was read.
 */
export function parseRates(text: string): readonly Rate[] {
  if (text === '0' || text.toLowerCase() === 'off') return []
  const rates = text.split(',').map(parseRate)
  if (new Set(rates.map(({ window }) => window)).size < rates.length) throw new Error(`names one time twice: "${text}"`)
  return rates
}

function parseRate(text: string): Rate {
  const [, count = '', factor = '', unit = ''] = /^(\d{1,7})\/(\d{1,5})([smhd])$/.exec(text.trim()) ?? []
  const rate = { count: Number(count), window: Number(factor) * (UNITS[unit] ?? 0) }
  if (rate.count >= 1 && rate.count <= MAX_COUNT && rate.window > 0 && rate.window <= MAX_WINDOW) return rate
  throw new Error(`must be rates such as 10/1m,100/1h (units s, m, h, d; at most 31 days), or off, not "${text}"`)
}
