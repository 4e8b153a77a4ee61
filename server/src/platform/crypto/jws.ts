import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { isObject } from '../../lib/json.ts'

/** The algorithms tokens are signed with here (RFC 7518, RFC 8037). */
export type Algorithm = 'RS256' | 'ES256' | 'EdDSA'

/** A key pair in use; `public_key` is what verifiers get. */
export interface SigningKey {
  kid: string
  algorithm: Algorithm
  private_key: KeyObject
  public_key: KeyObject
}

/** A compact JWS taken apart, nothing verified yet. */
export interface ParsedJws {
  header: Record<string, unknown>
  payload: Record<string, unknown>
  signing_input: string
  signature: Buffer
}

const digestOf: Record<Algorithm, string | null> = { RS256: 'sha256', ES256: 'sha256', EdDSA: null }

/** Signs the claims as a compact JWS with `typ` and `kid` in its header (RFC 7515). */
export function signJwt(key: SigningKey, claims: object, typ = 'JWT'): string {
  const input = inputOf(key, claims, typ)
  const signature = sign(digestOf[key.algorithm], Buffer.from(input), signerOf(key.private_key))
  return `${input}.${signature.toString('base64url')}`
}

/**
 * The same on another thread: an RSA signature takes as long as ten reads, which the thread that answers requests does
 * meanwhile. There are more of those threads than passwords are hashed on.
 */
export function signJwtAside(key: SigningKey, claims: object, typ = 'JWT'): Promise<string> {
  const input = inputOf(key, claims, typ)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  sign(digestOf[key.algorithm], Buffer.from(input), signerOf(key.private_key), (error, signature) => {
    if (error) reject(error)
    else resolve(`${input}.${signature.toString('base64url')}`)
  })
  return promise
}

const inputOf = (key: SigningKey, claims: object, typ: string): string =>
  `${encode({ typ, alg: key.algorithm, kid: key.kid })}.${encode(claims)}`

/** Verifies with the algorithm the key is bound to; the token's own `alg` never decides (RFC 8725, 3.1). */
export const verifyJws = (algorithm: Algorithm, publicKey: KeyObject, jws: ParsedJws): boolean =>
  verifySignature(algorithm, publicKey, jws.signing_input, jws.signature)

/** Verifies a signature over a text; of ECDSA the raw form, r || s. */
export function verifySignature(algorithm: Algorithm, publicKey: KeyObject, text: string, signature: Buffer): boolean {
  return verify(digestOf[algorithm], Buffer.from(text), signerOf(publicKey), signature)
}

/** Takes a compact JWS with JSON payload apart; `undefined` when it is none. */
export function parseJws(token: string): ParsedJws | undefined {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined
  const parsedHeader = decode(header)
  const parsedPayload = decode(payload)
  if (!parsedHeader || !parsedPayload) return undefined
  return {
    header: parsedHeader,
    payload: parsedPayload,
    signing_input: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** The algorithm that belongs to a key's type; `undefined` for a key we do not sign or verify with. */
export function algorithmOf(key: KeyObject): Algorithm | undefined {
  if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return 'RS256'
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return undefined
}

/** The public JWK of a signing key (RFC 7517) with `kid`, `alg` and `use`. */
export const publicJwk = (key: SigningKey): Record<string, unknown> => ({
  ...createPublicKey(key.private_key).export({ format: 'jwk' }),
  kid: key.kid,
  alg: key.algorithm,
  use: 'sig',
})

// JWS wants the raw r || s form of an ECDSA signature (RFC 7518, 3.4); the option means nothing to other keys.
const signerOf = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' }) as const

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
