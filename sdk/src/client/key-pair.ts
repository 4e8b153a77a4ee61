/** Algorithms of API keys (RFC 7518, section 3.1; RFC 8037). */
export type KeyAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

/** A key pair as text: the public half is for the server, the private one for nobody but the program that uses it. */
export interface KeyPair {
  /** PEM (SPKI) */
  publicKey: string
  /** PEM (PKCS#8) */
  privateKey: string
}

/** A private key with the algorithm it signs by. */
export interface SigningKey {
  algorithm: KeyAlgorithm
  key: CryptoKey
}

const PARAMETERS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const

const ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const

/** Makes a key pair, in browsers and in Node. */
export async function createKeyPair(algorithm: KeyAlgorithm = 'ES256'): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey(PARAMETERS[algorithm], true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new TypeError(`${algorithm} makes no pair`)
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey('spki', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])
  return { publicKey: pemOf('PUBLIC KEY', spki), privateKey: pemOf('PRIVATE KEY', pkcs8) }
}

/** Reads a private key; its kind says the algorithm. Throws when it is none that API keys may be. */
export async function readPrivateKey(key: string | CryptoKey): Promise<SigningKey> {
  if (typeof key !== 'string') {
    const algorithm = ALGORITHMS.find((each) => PARAMETERS[each].name === key.algorithm.name)
    if (!algorithm) throw new TypeError(`A key of ${key.algorithm.name} is no API key`)
    return { algorithm, key }
  }
  const [, base64 = ''] = /-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----/.exec(key) ?? []
  const bytes = Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0))
  for (const algorithm of ALGORITHMS) {
    const read = crypto.subtle.importKey('pkcs8', bytes, PARAMETERS[algorithm], false, ['sign'])
    const found = await read.catch(() => undefined)
    if (found) return { algorithm, key: found }
  }
  throw new TypeError('privateKey must be a PEM that begins with -----BEGIN PRIVATE KEY----- (RSA, P-256 or Ed25519)')
}

/** A JWT (RFC 7519) signed by the key. */
export async function signJwt({ algorithm, key }: SigningKey, claims: object): Promise<string> {
  const encoder = new TextEncoder()
  const encode = (value: object) => base64url(encoder.encode(JSON.stringify(value)))
  const input = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claims)}`
  const signature = await crypto.subtle.sign(PARAMETERS[algorithm], key, encoder.encode(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

/** RFC 4648, section 5, without padding. */
export const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))

/** RFC 7468, section 2. */
function pemOf(label: string, bytes: ArrayBuffer): string {
  const lines = base64(new Uint8Array(bytes)).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
