import { constants, createHmac, createPrivateKey, createSecretKey, type KeyObject, sign } from 'node:crypto'

/** Algorithms the server knows (RFC 7518, section 3.1; RFC 8037). */
export type Algorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'HS256'
  | 'HS384'
  | 'HS512'

/** Who signs. */
export interface Signer {
  /** The id of the key in the server's keychain. */
  kid: string
  /** The private key as PEM or key object; for HS algorithms the secret as bytes or key object. */
  key: KeyObject | string | Uint8Array
  /** The algorithm the server's keychain has for this key; it accepts no other. */
  algorithm: Algorithm
}

/** The signature of a text in base64url (RFC 7515, section 5.1). Throws when the key is not fit for the algorithm. */
export function signatureOf(input: string, { key, algorithm }: Signer): string {
  const digest = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`
  if (digest !== null && algorithm.startsWith('HS')) {
    return createHmac(digest, secretOf(key)).update(input).digest('base64url')
  }
  const privateKey = typeof key === 'string' || key instanceof Uint8Array ? createPrivateKey(Buffer.from(key)) : key
  if (privateKey.asymmetricKeyType !== keyTypeOf(algorithm)) throw new TypeError(`The key is not fit for ${algorithm}.`)
  return sign(digest, Buffer.from(input), { key: privateKey, ...optionsOf(algorithm) }).toString('base64url')
}

function secretOf(key: Signer['key']): KeyObject {
  const secret = typeof key === 'string' || key instanceof Uint8Array ? createSecretKey(Buffer.from(key)) : key
  if (secret.type !== 'secret') throw new TypeError('HS algorithms need a secret.')
  return secret
}

function keyTypeOf(algorithm: Algorithm): string {
  if (algorithm === 'EdDSA') return 'ed25519'
  return algorithm.startsWith('ES') ? 'ec' : 'rsa'
}

function optionsOf(algorithm: Algorithm) {
  if (algorithm.startsWith('PS')) {
    return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  }
  // JWS wants the raw r || s form of an ECDSA signature (RFC 7518, section 3.4).
  return algorithm.startsWith('ES') ? ({ dsaEncoding: 'ieee-p1363' } as const) : {}
}
