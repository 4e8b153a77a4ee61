import { createHash } from 'node:crypto'
import { type ParsedJws, parseJws, verifyJws } from '../../platform/crypto/jws.ts'
import type { PublicKey } from './public-keys.ts'

/** What remains to be known of a token that is right: by what to recognise it again, and until when. */
export interface ClientToken {
  /** SHA-256 of its `jti`. */
  jti_digest: string
  /** Seconds since 1970 after which it would be refused anyway. */
  usable_until: number
}

/** A token was refused; the message names the reason as ruby-jwt 2.1, which Barong 1.8.26 used, would. */
export class ClientTokenError extends Error {}

/** Seconds that a token without `exp` is good for after its `iat`. */
const MAX_AGE = 86_400

type Claims = Record<string, unknown>

/** Verifies the token a program signed with its API key (RFC 7519); `now` in milliseconds. Throws ClientTokenError. */
export function verifyClientToken({ key, algorithm }: PublicKey, token: string, now: number): ClientToken {
  const jws = takeApart(token)
  if (jws.header['alg'] !== algorithm) refuse('IncorrectAlgorithm', 'Expected a different algorithm')
  // An extension that must be understood and is not (RFC 7515, 4.1.11).
  if ('crit' in jws.header) refuse('DecodeError', 'Unsupported critical header')
  if (!verifyJws(algorithm, key, jws)) refuse('VerificationError', 'Signature verification raised')
  for (const check of checks) check(jws.payload, now)
  return {
    jti_digest: createHash('sha256').update(textOf(jws.payload['jti'])).digest('hex'),
    usable_until: usableUntil(jws.payload, now),
  }
}

function takeApart(token: string): ParsedJws {
  const segments = token.split('.')
  // An empty signature, as of `alg: none`, counts as none.
  if (segments.length !== 3 || segments[2] === '') refuse('DecodeError', 'Not enough or too many segments')
  const [header, payload] = segments
  if (isJson(header) && isJson(payload))
    return parseJws(token) ?? refuse('InvalidPayload', 'Header and payload must be JSON objects')
  return refuse('DecodeError', 'Invalid segment encoding')
}

function isJson(segment = ''): boolean {
  try {
    JSON.parse(Buffer.from(segment, 'base64url').toString())
    return true
  } catch {
    return false
  }
}

/** In the order of ruby-jwt, so that a token with several faults is told the same one. */
const checks: ((claims: Claims, now: number) => void)[] = [
  ({ exp }, now) => {
    if (exp !== undefined && toInteger(exp) <= Math.floor(now / 1000))
      refuse('ExpiredSignature', 'Signature has expired')
  },
  ({ nbf }, now) => {
    if (nbf !== undefined && toInteger(nbf) > Math.floor(now / 1000))
      refuse('ImmatureSignature', 'Signature nbf has not been reached')
  },
  ({ iss }) => {
    if (textOf(iss) !== 'external')
      refuse('InvalidIssuerError', `Invalid issuer. Expected external, received ${shown(iss)}`)
  },
  ({ iat }, now) => {
    if (iat !== undefined && (typeof iat !== 'number' || iat > now / 1000)) refuse('InvalidIatError', 'Invalid iat')
  },
  ({ jti }) => {
    if (textOf(jti).trim() === '') refuse('InvalidJtiError', 'Missing jti')
  },
  ({ sub }) => {
    if (textOf(sub) !== 'api_key_jwt')
      refuse('InvalidSubError', `Invalid subject. Expected api_key_jwt, received ${shown(sub)}`)
  },
]

/**
 * A `jti` can be remembered for a limited time only, so a token must tell when it ends: by `exp`, or by `iat` and a day.
 * Whichever of the two comes first counts.
 */
function usableUntil({ exp, iat }: Claims, now: number): number {
  const seconds = Math.floor(now / 1000)
  const age = typeof iat === 'number' ? Math.floor(iat) + MAX_AGE : Number.POSITIVE_INFINITY
  const until = Math.min(exp === undefined ? Number.POSITIVE_INFINITY : toInteger(exp), age)
  if (until <= seconds) refuse('ExpiredSignature', 'Signature has expired')
  if (until > seconds + MAX_AGE) refuse('InvalidPayload', 'Without iat, exp must lie within 24 hours')
  return until
}

/** Ruby's `to_i`: the number a text begins with, or 0. */
function toInteger(value: unknown): number {
  if (typeof value === 'number') return Math.trunc(value)
  return typeof value === 'string' ? Number(/^\s*[+-]?\d+/.exec(value)?.[0] ?? 0) : 0
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}

const shown = (value: unknown): string =>
  value === undefined || value === null || value === false ? '<none>' : textOf(value)

function refuse(name: string, reason: string): never {
  throw new ClientTokenError(`#<JWT::${name}: ${reason}>`)
}
