import { iso, parseIso } from '../../lib/clock.ts'
import { parseDay } from '../../lib/day.ts'
import { defined } from '../../lib/objects.ts'
import { parseRates } from '../../lib/rates.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import type { ApiKey } from '../../platform/db/schema.ts'
import { isNetwork } from '../../platform/http-client/addresses.ts'
import { parsePublicKey } from './public-keys.ts'

const MIN_LIFETIME = 30
const MAX_LIFETIME = 86_400
const MAX_SCOPES = 255
const MAX_NETWORKS = 32
const MAX_RATE = 100
const STATES: readonly string[] = ['active', 'inactive']

const INTEGER = /^[+-]?\d+$/
const NUMBER = /^\s*[+-]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?\s*$/i
/** Date and time with its zone (RFC 3339, section 5.6). */
const TIME = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Words that take a rule away. */
const NO_RULE = { allowed_networks: 'any', expires_at: 'never', rate: 'off' } as const

/** What a client says of a key; what is left out stays, or is the default. */
export interface ApiKeyInput {
  public_key?: string
  scopes?: string
  /** Seconds as a text, as the client sent them. */
  expires_in?: string
  state?: string
  /** Addresses and networks in CIDR notation, comma separated, or `any`. */
  allowed_networks?: string
  /** RFC 3339, or `never`. */
  expires_at?: string
  /** As `10/1s,1000/1h`, or `off`. */
  rate?: string
}

/** What is wrong with a new key or with changes to one; `now` in milliseconds. */
export function apiKeyErrors(input: ApiKeyInput, now: number): ModelErrors {
  const { public_key, scopes, expires_in, state } = input
  const errors = new ModelErrors()
  if (public_key !== undefined && !parsePublicKey(public_key)) errors.add('public_key', 'is invalid')
  if (scopes !== undefined && [...scopes].length > MAX_SCOPES)
    errors.add('scopes', `is too long (maximum is ${MAX_SCOPES} characters)`)
  const lifetime = expires_in === undefined ? undefined : lifetimeError(expires_in)
  if (lifetime !== undefined) errors.add('expires_in', lifetime)
  if (state !== undefined && !STATES.includes(state)) errors.add('state', 'is not included in the list')
  addRuleErrors(errors, input, now)
  return errors
}

function addRuleErrors(errors: ModelErrors, { allowed_networks, expires_at, rate }: ApiKeyInput, now: number): void {
  const add = (name: keyof typeof NO_RULE, text: string | undefined, check: (text: string) => string | undefined) => {
    const wrong = text === undefined || text === NO_RULE[name] ? undefined : check(text)
    if (wrong !== undefined) errors.add(name, wrong)
  }
  add('allowed_networks', allowed_networks, networksError)
  add('expires_at', expires_at, (text) => endError(text, now))
  add('rate', rate, rateError)
}

/** The rules as they are kept, of those that were told. */
export function rulesOf(input: ApiKeyInput): Partial<Pick<ApiKey, 'allowed_networks' | 'expires_at' | 'rate'>> {
  const { allowed_networks, expires_at, rate } = input
  const kept = (name: keyof typeof NO_RULE, text: string | undefined, write: (text: string) => string) =>
    text === undefined ? undefined : text === NO_RULE[name] ? null : write(text)
  return defined({
    allowed_networks: kept('allowed_networks', allowed_networks, (text) => networksOf(text).join(',')),
    expires_at: kept('expires_at', expires_at, (text) => iso(parseIso(text))),
    rate: kept('rate', rate, (text) => text.replace(/\s/g, '')),
  })
}

/** The addresses and networks of a list. */
const networksOf = (text: string): string[] => [...new Set(text.split(',').map((each) => each.trim()))]

function networksError(text: string): string | undefined {
  const all = networksOf(text)
  if (all.length > MAX_NETWORKS) return `are too many (maximum is ${MAX_NETWORKS})`
  const wrong = all.find((each) => !isNetwork(each))
  if (wrong !== undefined)
    return `has "${wrong.slice(0, 50)}", which is neither an address nor a network such as 203.0.113.0/24 or 2001:db8::/32`
  const dressed = all.find((each) => each.includes(':') && each.includes('.'))
  return dressed === undefined ? undefined : `has "${dressed}", which must be written as IPv4`
}

function endError(text: string, now: number): string | undefined {
  const day = TIME.exec(text)?.[1]
  if (day === undefined || parseDay(day) === undefined)
    return 'is not a date and time with its zone, such as 2027-01-31T12:00:00Z'
  return parseIso(text) > now ? undefined : 'must be in the future'
}

function rateError(text: string): string | undefined {
  if (text.length > MAX_RATE) return `is too long (maximum is ${MAX_RATE} characters)`
  try {
    return parseRates(text).length > 0 ? undefined : 'must be off, or rates such as 10/1s,1000/1h'
  } catch (error) {
    return error instanceof Error ? error.message : 'is invalid'
  }
}

function lifetimeError(text: string): string | undefined {
  if (!NUMBER.test(text)) return 'is not a number'
  if (!INTEGER.test(text)) return 'must be an integer'
  if (Number(text) < MIN_LIFETIME) return `must be greater than or equal to ${MIN_LIFETIME}`
  if (Number(text) > MAX_LIFETIME) return `must be less than or equal to ${MAX_LIFETIME}`
  return undefined
}
