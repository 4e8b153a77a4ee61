import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { SECOND } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import { algorithmOf, type ParsedJws, parseJws, verifyJws } from '../../platform/crypto/jws.ts'
import { thumbprint } from '../../platform/crypto/thumbprint.ts'

/** The algorithms of proofs. `Ed25519` is the newer name of EdDSA with that curve (RFC 9864). */
export const PROOF_ALGORITHMS = ['ES256', 'RS256', 'EdDSA', 'Ed25519'] as const

/** How far a client's clock may be off, either way. */
const WINDOW = 60 * SECOND

/** What a proof must be for: this request, by the holder of a key, now. */
export interface ProvenRequest {
  method: string
  /** Addresses of the request as its client may know it: the proof is for one of them. */
  addresses: readonly string[]
  /** The token that comes along; none where one is asked for. */
  token?: string | undefined
  /** Thumbprint of the key that the token is bound to; any key may ask for one. */
  jkt?: string | undefined
  /** Milliseconds since 1970. */
  now: number
}

/** A proof that was in order, to be remembered so that it counts once. */
export interface Proof {
  /** Thumbprint of its key (RFC 7638). */
  jkt: string
  /** The same for every proof of this key that carries the same `jti`. */
  digest: string
  /** Milliseconds since 1970; afterwards it is too old to be brought again. */
  forgotten_at: number
}

/** Verifies a DPoP proof for a request (RFC 9449, sections 4.3 and 7.1); `undefined` when it is not in order. */
export function verifyProof(proof: string, { method, addresses, token, jkt, now }: ProvenRequest): Proof | undefined {
  const jws = parseJws(proof)
  if (!jws) return undefined
  const { htm, htu, iat, ath, jti } = jws.payload
  const named = typeof htu === 'string' ? addressOf(htu) : undefined
  if (htm !== method || named === undefined || !addresses.some((each) => addressOf(each) === named)) return undefined
  if (token !== undefined && ath !== sha256(token)) return undefined
  if (typeof jti !== 'string' || jti === '') return undefined
  if (typeof iat !== 'number' || Math.abs(now - iat * SECOND) > WINDOW) return undefined
  const signer = signerOf(jws, jkt)
  if (signer === undefined) return undefined
  const digest = createHash('sha256').update(`${signer}:${jti}`).digest('hex')
  return { jkt: signer, digest, forgotten_at: iat * SECOND + 2 * WINDOW }
}

/** Thumbprint of the key that signed. It is compared before the signature: a stranger's key costs no arithmetic. */
function signerOf(jws: ParsedJws, wanted: string | undefined): string | undefined {
  const { typ, alg, jwk, crit } = jws.header
  if (typ !== 'dpop+jwt' || crit !== undefined || !isObject(jwk)) return undefined
  const key = publicKeyOf(jwk)
  const algorithm = key && algorithmOf(key)
  if (!key || !algorithm || !isModest(key) || (alg === 'Ed25519' ? 'EdDSA' : alg) !== algorithm) return undefined
  const jkt = thumbprint(key)
  if (wanted !== undefined && jkt !== wanted) return undefined
  return verifyJws(algorithm, key, jws) ? jkt : undefined
}

const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const MOST_BITS = 4096
const USUAL_EXPONENT = 65_537n

/** Whether verifying by it costs what is usual: strangers bring keys of their own making. */
const isModest = ({ asymmetricKeyDetails: { modulusLength = 0, publicExponent = 0n } = {} }: KeyObject): boolean =>
  modulusLength <= MOST_BITS && publicExponent <= USUAL_EXPONENT

function publicKeyOf(jwk: Record<string, unknown>): KeyObject | undefined {
  if (SECRET_MEMBERS.some((member) => member in jwk)) return undefined
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
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
