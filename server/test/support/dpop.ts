import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { hexToken } from '../../src/lib/ids.ts'
import { thumbprint } from '../../src/platform/crypto/thumbprint.ts'

/** A client's key that its tokens are bound to (RFC 9449). */
export interface DpopKey {
  private_key: KeyObject
  public_jwk: object
  algorithm: string
  jkt: string
}

const pairs = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

export function aDpopKey(algorithm: keyof typeof pairs = 'ES256'): DpopKey {
  const { privateKey, publicKey } = pairs[algorithm]()
  const public_jwk = publicKey.export({ format: 'jwk' })
  return { private_key: privateKey, public_jwk, algorithm, jkt: thumbprint(publicKey) }
}

/** What differs from a proof that is in order. */
export interface Twist {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  signer?: DpopKey
}

/** A request that is proven; `now` in seconds since 1970. */
export interface Proven {
  method: string
  url: string
  token?: string
  now: number
}

/** The DPoP header of a request. */
export const proofOf = (key: DpopKey, { method, url, token, now }: Proven, twist: Twist = {}): Promise<string> => {
  const { header = {}, claims = {}, signer = key } = twist
  const ath = token === undefined ? {} : { ath: sha256(token) }
  return new SignJWT({ jti: hexToken(8), htm: method, htu: url, iat: now, ...ath, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.algorithm, jwk: key.public_jwk, ...header })
    .sign(signer.private_key)
}

/** In base64url, as `ath` has it. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
