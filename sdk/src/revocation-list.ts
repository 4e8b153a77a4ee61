import { createHash } from 'node:crypto'
import { isFields } from './objects.ts'

/** How long the digest of a token or of a uid is, in base64url. */
const LENGTH = 12
const MINUTE = 60_000

/** A feed of revocations as the server signs it. */
export interface Feed {
  /** When it was signed, in seconds since 1970. */
  iat: number
  /** The cursor it follows; null for a whole one. */
  after: number | null
  cursor: number
  /** Digests of tokens, one behind the other, by the minute since 1970 in which they leave. */
  tokens: Readonly<Record<string, string>>
  /** By the digest of a uid: tokens issued before that second ended, and the minute in which this leaves. */
  holders: Readonly<Record<string, Cut>>
  /** The same of everybody's tokens that come from a sign-in before that second. */
  everybody?: Cut | undefined
}

/** A second since 1970, before which what was issued ended, and the minute in which that leaves. */
type Cut = readonly [issued_before: number, leaves: number]

/** The claims of a token that a revocation can hit. */
export interface Hit {
  jti: string
  iat: number
  uid?: string | undefined
  client_id?: string | undefined
  api_kid?: string | undefined
  sid?: string | undefined
  /** When the sign-in was that it comes from, where it is not issued by that, in seconds since 1970. */
  auth_time?: number | undefined
}

/** What is known to have ended, in memory that grows with nothing else. */
export interface RevocationList {
  /** Adds what a feed tells; a whole one replaces what was there. False: that would be more than fits, and nothing is added. */
  take(feed: Feed): boolean
  /** Drops what has left by then, in milliseconds since 1970. */
  forget(now: number): void
  hits(claims: Hit): boolean
  size(): number
}

/** A list of at most so many entries. */
export function createRevocationList(limit: number): RevocationList {
  let tokens = new Set<string>()
  let leaving = new Map<number, string>()
  let holders = new Map<string, Cut>()
  let everybody: Cut | undefined
  const size = () => tokens.size + holders.size + (everybody ? 1 : 0)
  const cutOff = (text: string | undefined, iat: number): boolean =>
    text !== undefined && iat < (holders.get(digestOf(text))?.[0] ?? 0)
  return {
    take: ({ after, ...feed }) => {
      const told = Object.values(feed.tokens).reduce((sum, { length }) => sum + length / LENGTH, 0)
      if ((after === null ? 0 : size()) + told + Object.keys(feed.holders).length > limit) return false
      if (after === null) {
        tokens = new Set()
        leaving = new Map()
        holders = new Map()
        everybody = undefined
      }
      for (const [leaves, digests] of Object.entries(feed.tokens)) {
        const added = partsOf(digests).filter((digest) => !tokens.has(digest))
        for (const digest of added) tokens.add(digest)
        if (added.length > 0) leaving.set(Number(leaves), (leaving.get(Number(leaves)) ?? '') + added.join(''))
      }
      for (const [digest, cut] of Object.entries(feed.holders)) holders.set(digest, later(holders.get(digest), cut))
      if (feed.everybody) everybody = later(everybody, feed.everybody)
      return true
    },
    forget: (now) => {
      for (const [leaves, digests] of leaving) {
        if (leaves * MINUTE > now) continue
        for (const digest of partsOf(digests)) tokens.delete(digest)
        leaving.delete(leaves)
      }
      for (const [digest, [, leaves]] of holders) if (leaves * MINUTE <= now) holders.delete(digest)
      if (everybody && everybody[1] * MINUTE <= now) everybody = undefined
    },
    // A token of an API key ends with its key, not with its owner's sessions.
    hits: ({ jti, iat, uid, client_id, api_kid, sid, auth_time = iat }) =>
      tokens.has(digestOf(jti)) ||
      (sid !== undefined && tokens.has(digestOf(sid))) ||
      cutOff(api_kid ?? uid, iat) ||
      cutOff(client_id, iat) ||
      // Of people alone: applications and API keys go on.
      (uid !== undefined && api_kid === undefined && Math.min(iat, auth_time) < (everybody?.[0] ?? 0)),
    size,
  }
}

/** The feed that claims are; `undefined` when they are none. */
export function feedOf(claims: Readonly<Record<string, unknown>>): Feed | undefined {
  const { iat, after, cursor, tokens, holders, everybody } = claims
  if (typeof iat !== 'number' || typeof cursor !== 'number' || !(after === null || typeof after === 'number'))
    return undefined
  if (!isFields(tokens) || !isFields(holders)) return undefined
  const digests: Record<string, string> = {}
  for (const [leaves, text] of Object.entries(tokens)) {
    if (!/^\d+$/.test(leaves) || typeof text !== 'string' || text.length % LENGTH !== 0) return undefined
    digests[leaves] = text
  }
  const cuts: Record<string, Cut> = {}
  for (const [digest, pair] of Object.entries(holders)) {
    const cut = cutOf(pair)
    if (!cut) return undefined
    cuts[digest] = cut
  }
  const all = cutOf(everybody)
  if (everybody !== undefined && !all) return undefined
  return { iat, after, cursor, tokens: digests, holders: cuts, everybody: all }
}

function cutOf(pair: unknown): Cut | undefined {
  const [cut, leaves]: unknown[] = Array.isArray(pair) ? pair : []
  return typeof cut === 'number' && typeof leaves === 'number' ? [cut, leaves] : undefined
}

const later = ([known, until]: Cut = [0, 0], [cut, leaves]: Cut): Cut => [Math.max(known, cut), Math.max(until, leaves)]

const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, 9).toString('base64url')

const partsOf = (digests: string): string[] =>
  Array.from({ length: digests.length / LENGTH }, (_, index) => digests.slice(index * LENGTH, (index + 1) * LENGTH))
