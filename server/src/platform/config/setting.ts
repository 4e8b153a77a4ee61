import { createPublicKey } from 'node:crypto'
import { parseRates, type Rate } from '../../lib/rates.ts'
import { type HoldRule, parseHoldRules } from './hold-rules.ts'

/** One setting of the environment: how it is read, what it is when unset, and what the reference says of it. */
export interface Setting<T> {
  /** Heading in the configuration reference. */
  readonly group: string
  readonly describe: string
  /** What the reference shows as the default. */
  readonly fallback: string
  /** Never shown anywhere. */
  readonly secret: boolean
  /** Reads the text; blank counts as unset. Throws an Error whose message follows the variable's name. */
  read(text: string | undefined): T
}

type About = { group: string; describe: string; secret?: boolean }

function setting<T>(about: About, fallback: T, parse: (text: string) => T): Setting<T> {
  return {
    group: about.group,
    describe: about.describe,
    secret: about.secret ?? false,
    fallback: fallback === undefined ? '' : String(fallback),
    read: (text) => (text === undefined || text.trim() === '' ? fallback : parse(text.trim())),
  }
}

/** What is wrong, with the value unless nobody may see it. */
const wrong = ({ secret }: About, rule: string, value: string): Error =>
  new Error(secret ? rule : `${rule}, not "${value}"`)

/** A text, or the fallback. */
export const text = (about: About, fallback: string): Setting<string> => setting(about, fallback, (value) => value)

/** A text that may be absent. */
export const optional = (about: About): Setting<string | undefined> =>
  setting<string | undefined>(about, undefined, (value) => value)

/** A whole number within bounds, both included. */
export const whole = (about: About, fallback: number, min: number, max: number): Setting<number> =>
  setting(about, fallback, (value) => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= min && number <= max) return number
    throw wrong(about, `must be a whole number from ${min} to ${max}`, value)
  })

/** A number from 0 to 1. */
export const fraction = (about: About, fallback: number): Setting<number> =>
  setting(about, fallback, (value) => {
    const number = Number(value)
    if (/^\d*\.?\d+$/.test(value) && number <= 1) return number
    throw wrong(about, 'must be a number from 0 to 1', value)
  })

const TRUE = ['true', '1', 'yes', 'on']
const FALSE = ['false', '0', 'no', 'off']

/** true/1/yes/on or false/0/no/off. */
export const flag = (about: About, fallback: boolean): Setting<boolean> =>
  setting(about, fallback, (value) => {
    if (TRUE.includes(value.toLowerCase())) return true
    if (FALSE.includes(value.toLowerCase())) return false
    throw wrong(about, 'must be true or false', value)
  })

/** One of a few words, whatever their case. */
export const oneOf = <const W extends readonly [string, ...string[]]>(
  about: About,
  words: W,
  fallback: NoInfer<W[number]>,
): Setting<W[number]> =>
  setting<W[number]>({ ...about, describe: `${about.describe} One of: ${words.join(', ')}.` }, fallback, (value) => {
    const word = words.find((candidate) => candidate.toLowerCase() === value.toLowerCase())
    if (word !== undefined) return word
    throw wrong(about, `must be one of ${words.join(', ')}`, value)
  })

/** An absolute URL of one of the given schemes, without the slash at its end. */
export const url = (about: About, schemes: readonly string[]): Setting<string | undefined> =>
  setting<string | undefined>(about, undefined, (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed && schemes.includes(parsed.protocol.slice(0, -1))) return value.replace(/\/+$/, '')
    throw wrong(about, `must be an absolute URL (${schemes.join(', ')})`, value)
  })

/** URL-safe base64 of a public key in PEM; one that is private is told as such, and never shown. */
export const publicKey = (about: About): Setting<string | undefined> =>
  setting<string | undefined>(about, undefined, (value) => {
    const pem = Buffer.from(value, 'base64url').toString()
    if (isPrivate(pem)) throw new Error('was set to private key, however it should be public')
    if (isReadable(pem)) return value
    throw new Error('is no URL-safe base64 of a public key in PEM')
  })

const isPrivate = (pem: string): boolean => /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(pem)

function isReadable(pem: string): boolean {
  try {
    return createPublicKey(pem).type === 'public'
  } catch {
    return false
  }
}

/** Comma separated texts. */
export const list = (about: About, fallback: readonly string[]): Setting<readonly string[]> =>
  setting(about, fallback, (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )

/** Rates that hold together, as `10/1m,100/1h`; none for `0` and `off`. */
export const rates = (about: About, fallback: string): Setting<readonly Rate[]> => ({
  ...setting(about, parseRates(fallback), parseRates),
  fallback,
})

/** Rules of holds, as `password_reset=hold:withdraw/24h`; none for `off`. */
export const holds = (about: About, fallback: string): Setting<readonly HoldRule[]> => ({
  ...setting(about, parseHoldRules(fallback), parseHoldRules),
  fallback,
})
