import { createPublicKey } from 'node:crypto'
import { isObject } from '../../lib/json.ts'

/** A public key as JSON (RFC 7517): the members that count, and no others. */
export type PublicJwk = Readonly<Record<string, string>> & { readonly kty: string }

/** Public keys of somebody else. */
export interface PublicJwkSet {
  readonly keys: readonly PublicJwk[]
}

/** What somebody else's keys may sign with. `Ed25519` is the newer name of EdDSA with that curve (RFC 9864). */
export const SIGNATURE_ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

const MOST_KEYS = 20
const LONGEST_TEXT = 2000
const LEAST_BITS = 2048

/** Kinds of keys: what they are made of, and what they may sign with (RFC 7518, section 6; RFC 8037). */
const KINDS = [
  { kty: 'RSA', crv: undefined, members: ['n', 'e'], algorithms: ['PS256', 'RS256'] },
  { kty: 'EC', crv: 'P-256', members: ['crv', 'x', 'y'], algorithms: ['ES256'] },
  { kty: 'OKP', crv: 'Ed25519', members: ['crv', 'x'], algorithms: ['EdDSA', 'Ed25519'] },
] as const

/** Members that only whoever signs may have (RFC 7518, section 6; RFC 8037). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Reads a JWK Set that is handed in: the set, or a sentence about what is wrong with it. */
export function readJwkSet(value: unknown): PublicJwkSet | string {
  const given = keysOf(value)
  if (!given || given.length === 0 || given.length > MOST_KEYS)
    return `jwks must be a JWK Set of 1 to ${MOST_KEYS} keys, such as {"keys":[…]}`
  const keys: PublicJwk[] = []
  for (const [index, one] of given.entries()) {
    const key = readJwk(one)
    if (typeof key === 'string') return `jwks.keys[${index}] ${key}`
    keys.push(key)
  }
  const kids = keys.map(({ kid }) => kid)
  if (keys.length > 1 && new Set(kids).size < keys.length) return 'jwks.keys must each have a kid of its own'
  return { keys }
}

/** The keys of a published JWK Set that can be used; others in it are somebody else's business (RFC 7517, section 5). */
export function usableKeys(value: unknown): PublicJwkSet {
  const read = (keysOf(value) ?? []).slice(0, MOST_KEYS).map(readJwk)
  return { keys: read.filter((key) => typeof key !== 'string') }
}

const keysOf = (value: unknown): unknown[] | undefined =>
  isObject(value) && Array.isArray(value['keys']) ? value['keys'] : undefined

/** A key, or the end of a sentence about what is wrong with it. */
function readJwk(jwk: unknown): PublicJwk | string {
  if (!isObject(jwk)) return 'must be a JWK'
  const [leaked] = PRIVATE.filter((name) => name in jwk)
  if (leaked !== undefined) return `must be a public key: it has "${leaked}", which is secret`
  const kind = KINDS.find(({ kty, crv }) => kty === jwk['kty'] && (crv === undefined || crv === jwk['crv']))
  if (!kind || !isUsable(jwk)) return `must be RSA of ${LEAST_BITS} bits or more, P-256 or Ed25519`
  const { use, alg } = jwk
  if (use !== undefined && use !== 'sig') return 'must be for signatures: its use must be sig, or left out'
  if (alg !== undefined && !kind.algorithms.some((known) => known === alg))
    return `has an alg that is not taken: it must be ${kind.algorithms.join(' or ')}, or left out`
  const names = ['kid', 'use', 'alg', ...kind.members].filter((name) => jwk[name] !== undefined)
  const members = names.map((name): [string, unknown] => [name, jwk[name]])
  if (!members.every(isText)) return `must have texts of at most ${LONGEST_TEXT} characters`
  return { kty: kind.kty, ...Object.fromEntries(members) }
}

const isText = (member: [string, unknown]): member is [string, string] =>
  typeof member[1] === 'string' && member[1] !== '' && member[1].length <= LONGEST_TEXT

function isUsable(jwk: Record<string, unknown>): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' })
    return (asymmetricKeyDetails?.modulusLength ?? LEAST_BITS) >= LEAST_BITS
  } catch {
    return false
  }
}
