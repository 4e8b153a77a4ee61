import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { parseJws, type SigningKey, signJwt, verifyJws } from '../../platform/crypto/jws.ts'
import { type Link, sha256 } from './chain.ts'

/** Media type of a checkpoint (RFC 8725, section 3.11): no token of ours passes for one, nor one for a token. */
const TYPE = 'audit-checkpoint+jwt'

/** A checkpoint taken apart: it says that the chain had this link, and which checkpoint came before. */
export interface Checkpoint extends Link {
  kid: string
  /** Seconds since 1970. */
  signed_at: number
  /** SHA-256 of the checkpoint before; null for the first. */
  previous: string | null
  /** SHA-256 of this one. */
  digest: string
}

/** Finds a public key by its `kid`. */
export type FindKey = (kid: string) => Pick<SigningKey, 'algorithm' | 'public_key'> | undefined

/** Signs the chain up to a link, with the server's own key. */
export function signCheckpoint(
  { keys, clock }: Pick<Deps, 'keys' | 'clock'>,
  { seq, hash }: Link,
  previous: Checkpoint | undefined,
): string {
  const claims = { iss: 'barong', iat: seconds(clock.now()), seq, hash, previous: previous?.digest ?? null }
  return signJwt(keys.current('EdDSA'), claims, TYPE)
}

/** Takes a checkpoint apart, nothing verified yet; `undefined` when it is none. */
export function parseCheckpoint(jws: string): Checkpoint | undefined {
  const { header = {}, payload = {} } = parseJws(jws) ?? {}
  const { typ, kid } = header
  const { iss, iat, seq, hash, previous } = payload
  if (typ !== TYPE || iss !== 'barong' || typeof kid !== 'string' || typeof hash !== 'string') return undefined
  if (!jws.split('.').every(isCanonical)) return undefined
  if (typeof seq !== 'number' || typeof iat !== 'number') return undefined
  if (previous !== null && typeof previous !== 'string') return undefined
  return { kid, seq, hash, signed_at: iat, previous, digest: sha256(jws) }
}

/** Several texts decode to the same bytes; only the one that encodes them counts, so that a checkpoint has one digest. */
const isCanonical = (segment: string): boolean => Buffer.from(segment, 'base64url').toString('base64url') === segment

/** Whether a checkpoint's signature is right; `unknown` when its key is not known. */
export function judgeSignature(find: FindKey, jws: string): 'right' | 'wrong' | 'unknown' {
  const parsed = parseJws(jws)
  const kid = parsed?.header['kid']
  if (!parsed || typeof kid !== 'string') return 'wrong'
  const key = find(kid)
  if (!key) return 'unknown'
  return parsed.header['alg'] === key.algorithm && verifyJws(key.algorithm, key.public_key, parsed) ? 'right' : 'wrong'
}
