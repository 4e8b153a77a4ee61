import { DAY, HOUR, MINUTE } from '../../lib/clock.ts'

/** What leads to a hold. */
export const holdEvents = [
  'password_reset',
  'password_changed',
  'second_factor_removed',
  'second_factor_added',
  'recovery_code_used',
  'email_changed',
  'phone_changed',
  'new_device',
  'new_country',
] as const
export type HoldEvent = (typeof holdEvents)[number]

/** An event, the private label that it sets, and for how many milliseconds. */
export interface HoldRule {
  event: HoldEvent
  key: string
  value: string
  duration: number
}

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY }
const LONGEST = 366 * DAY

/** Reads `password_reset=hold:withdraw/24h, …`; `off` is none. Throws an Error whose message follows the setting's name. */
export function parseHoldRules(text: string): readonly HoldRule[] {
  if (text.toLowerCase() === 'off') return []
  const rules = text.split(',').map((part) => parseRule(part.trim()))
  for (const { key, value } of rules)
    if (rules.some((other) => other.key === key && other.value !== value))
      throw new Error(`gives the label "${key}" two values; an account has one label of a key`)
  return rules
}

function parseRule(text: string): HoldRule {
  const [, name, key = '', value = '', factor, unit = ''] =
    /^([a-z_]+)=([a-z0-9_-]{3,255}):([a-z0-9_-]{3,255})\/(\d{1,5})([mhd])$/.exec(text) ?? []
  const event = holdEvents.find((known) => known === name)
  const duration = Number(factor) * (UNITS[unit] ?? 0)
  if (event !== undefined && duration > 0 && duration <= LONGEST) return { event, key, value, duration }
  throw new Error(
    `must be rules such as password_reset=hold:withdraw/24h (events: ${holdEvents.join(', ')}; units m, h, d; at most 366 days), or off, not "${text}"`,
  )
}
