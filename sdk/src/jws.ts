import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isFields } from './objects.ts'

type Fields = Readonly<Record<string, unknown>>

/** The `iss` of whatever the server signs. */
export const ISSUER = 'barong'

/** A compact JWS (RFC 7515) taken apart, nothing verified yet. */
export interface Jws {
  header: Fields
  payload: Fields
  input: string
  signature: Buffer
}

/** A public key with the one algorithm it verifies by. */
export interface VerificationKey {
  kid: string
  algorithm: 'RS256' | 'ES256' | 'EdDSA'
  key: KeyObject
}

/** Takes a compact JWS apart; `undefined` when it is none. */
export function parseJws(text: string): Jws | undefined {
  const [head = '', body = '', signature, ...rest] = text.split('.')
  const header = objectOf(head)
  const payload = objectOf(body)
  if (!header || !payload || signature === undefined || rest.length > 0) return undefined
  return { header, payload, input: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') }
}

/** Whether the key made the signature. The key's algorithm decides, never the header (RFC 8725, section 3.1). */
export function isSignedBy({ header, input, signature }: Jws, { algorithm, key }: VerificationKey): boolean {
  if (header['alg'] !== algorithm || 'crit' in header) return false
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  return verify(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** The key that a JWK (RFC 7517) is; `undefined` for one that we do not verify with. */
export function keyOf(jwk: unknown): VerificationKey | undefined {
  if (!isFields(jwk) || typeof jwk['kid'] !== 'string') return undefined
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const algorithm = algorithmOf(key)
    return algorithm && { kid: jwk['kid'], algorithm, key }
  } catch {
    return undefined
  }
}

/** The one algorithm that a key verifies by; `undefined` for a key that we do not verify with. */
export const algorithmOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) =>
  algorithms.get(`${asymmetricKeyType} ${asymmetricKeyDetails?.namedCurve ?? ''}`)

const algorithms: ReadonlyMap<string, VerificationKey['algorithm']> = new Map([
  ['rsa ', 'RS256'],
  ['ec prime256v1', 'ES256'],
  ['ed25519 ', 'EdDSA'],
])

function objectOf(segment: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString())
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}
