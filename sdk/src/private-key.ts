/** A kind of keys: how RFC 7518 and 8037, RFC 9421 (section 6.2.2) and WebCrypto call it, and the bytes of its object identifier. */
export const KINDS = [
  {
    jws: 'RS256',
    alg: 'rsa-v1_5-sha256',
    oid: '2a864886f70d010101',
    crypto: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  {
    jws: 'ES256',
    alg: 'ecdsa-p256-sha256',
    oid: '2a8648ce3d020106082a8648ce3d030107',
    crypto: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  },
  { jws: 'EdDSA', alg: 'ed25519', oid: '2b6570', crypto: { name: 'Ed25519' } },
] as const
/** One of the kinds that API keys may be. */
export type KeyKind = (typeof KINDS)[number]

/** A private key with the kind it is of. */
export interface SigningKey {
  kind: KeyKind
  key: Promise<CryptoKey>
}

/** Where an object identifier stands in a private key: near its beginning. */
const HEAD = 40

/** Reads a private key, PKCS #8 as PEM or a `CryptoKey`. Throws a TypeError when it is none that API keys may be. */
export function readPrivateKey(privateKey: string | CryptoKey): SigningKey {
  if (typeof privateKey !== 'string') return { kind: kindOfKey(privateKey), key: Promise.resolve(privateKey) }
  const kind = kindOfPem(privateKey)
  const key = crypto.subtle.importKey('pkcs8', bytesOf(privateKey), kind.crypto, false, ['sign'])
  // Told to whoever signs first; nobody may be waiting yet.
  key.catch(() => {})
  return { kind, key }
}

function kindOfPem(pem: string): KeyKind {
  const hex = [...bytesOf(pem).subarray(0, HEAD)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const kind = KINDS.find(({ oid }) => hex.includes(oid))
  if (!kind) throw new TypeError('privateKey must be RSA, P-256 or Ed25519')
  return kind
}

/** The kind that a key of WebCrypto is of. Throws a TypeError when it is none that signs here. */
export function kindOfKey({ algorithm, usages }: CryptoKey): KeyKind {
  const kind = KINDS.find(({ crypto: { name } }) => name === algorithm.name)
  const hash = 'hash' in algorithm && isNamed(algorithm.hash) ? algorithm.hash.name : 'SHA-256'
  const curve = 'namedCurve' in algorithm ? algorithm.namedCurve : 'P-256'
  if (!kind || hash !== 'SHA-256' || curve !== 'P-256' || !usages.includes('sign'))
    throw new TypeError('privateKey must sign with RSASSA-PKCS1-v1_5 and SHA-256, ECDSA over P-256, or Ed25519')
  return kind
}

const isNamed = (value: unknown): value is { name: string } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

function bytesOf(pem: string): Uint8Array<ArrayBuffer> {
  const text = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem)?.[1]
  if (text === undefined) throw new TypeError('privateKey must be PKCS #8 as PEM: BEGIN PRIVATE KEY')
  return Uint8Array.from(atob(text.replace(/\s/g, '')), (character) => character.charCodeAt(0))
}

/** RFC 4648, section 4. */
export const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** RFC 4648, section 5, without padding. */
export const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
