import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { algorithmOf, isSignedBy, parseJws } from './jws.ts'
import { isFields } from './objects.ts'

/** A request to a service, as its client proves it (RFC 9449). */
export interface ProvenRequest {
  method: string
  /** Path and query as the client sent them. */
  target: string
  /** The `DPoP` header. */
  proof: string | undefined
}

/** Remembers proofs, so that each counts once. */
export interface ProofMemory {
  /** Notes a proof until then (milliseconds since 1970); `used`: it was noted before, `full`: nothing more can be remembered. */
  take(proof: string, until: number): Taken | Promise<Taken>
}

type Taken = 'fresh' | 'used' | 'full'

/** How proofs of keys are judged. */
export interface ProofOptions {
  /** Where clients reach the service, such as `https://trade.example`; several where it has several names. */
  origin: string | readonly string[]
  /** Whether tokens that are bound to no key are refused. */
  required?: boolean
  /** Where several processes serve, what they share; the memory of this process unless told. */
  memory?: ProofMemory
}

/** Algorithms that proofs are signed by, as challenges name them. */
export const PROOF_ALGORITHMS = 'ES256 RS256 EdDSA Ed25519'

/** Milliseconds that a client's clock may be off, either way. */
const WINDOW = 60_000
/** Characters beyond which nothing is a proof. */
const LONGEST = 8192
/** As many as some thousand requests a second leave behind within two minutes, of some 150 bytes each. */
const REMEMBERED = 200_000

interface Bound {
  token: string
  /** Thumbprint of the key that the token is bound to. */
  jkt: string
}

/** Judges proofs for one service. */
export function createProofJudge({ origin, memory }: ProofOptions, now: () => number) {
  const origins = [origin].flat().map(originOf)
  const seen = memory ?? rememberProofs(now)
  return async (
    { method, target, proof }: ProvenRequest,
    { token, jkt }: Bound,
  ): Promise<'good' | 'wrong_proof' | 'used_proof' | 'proofs_unavailable'> => {
    const jws = proof === undefined || proof.length > LONGEST ? undefined : parseJws(proof)
    if (!jws) return 'wrong_proof'
    const { htm, htu, iat, ath, jti } = jws.payload
    const named = typeof htu === 'string' ? addressOf(htu) : undefined
    if (htm !== method || named === undefined || !origins.some((each) => addressOf(`${each}${target}`) === named))
      return 'wrong_proof'
    if (ath !== sha256(token) || typeof jti !== 'string' || jti === '') return 'wrong_proof'
    if (typeof iat !== 'number' || !(Math.abs(now() - iat * 1000) <= WINDOW)) return 'wrong_proof'
    const { typ, alg, jwk } = jws.header
    const key = typ === 'dpop+jwt' ? publicKeyOf(jwk) : undefined
    if (!key || thumbprintOf(key) !== jkt) return 'wrong_proof'
    const algorithm = algorithmOf(key)
    if (!algorithm || (alg !== algorithm && !(alg === 'Ed25519' && algorithm === 'EdDSA'))) return 'wrong_proof'
    if (!isSignedBy({ ...jws, header: { ...jws.header, alg: algorithm } }, { kid: '', algorithm, key }))
      return 'wrong_proof'
    const taken = await seen.take(sha256(`${jkt}:${jti}`), iat * 1000 + 2 * WINDOW)
    return taken === 'fresh' ? 'good' : taken === 'used' ? 'used_proof' : 'proofs_unavailable'
  }
}

/** Remembers proofs in this process. Nothing is forgotten before its time: when no more can be kept, that is said. */
export function rememberProofs(now: () => number = Date.now, limit = REMEMBERED): ProofMemory {
  const proofs = new Map<string, number>()
  return {
    take: (proof, until) => {
      // Their times differ by a minute or two, so those that ended stand at the beginning, or soon will.
      for (const [known, end] of proofs) {
        if (end > now()) break
        proofs.delete(known)
      }
      if (proofs.has(proof)) return 'used'
      if (proofs.size >= limit) return 'full'
      proofs.set(proof, until)
      return 'fresh'
    },
  }
}

const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

function publicKeyOf(jwk: unknown): KeyObject | undefined {
  if (!isFields(jwk) || SECRET_MEMBERS.some((member) => member in jwk)) return undefined
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** RFC 7638, SHA-256. */
function thumbprintOf(key: KeyObject): string {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' })
  return sha256(JSON.stringify({ crv, e, kty, n, x, y }))
}

function originOf(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') throw new TypeError(`${text} is no origin of a service`)
  return url.origin
}

/** The address without query and fragment, in one spelling (RFC 3986, sections 6.2.2 and 6.2.3). */
function addressOf(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url) return undefined
  const path = url.pathname.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
  })
  return `${url.origin}${path}`
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
