import { base64, base64url, type KeyKind, KINDS, type SigningKey } from '../private-key.ts'

/** Algorithms of API keys (RFC 7518, section 3.1; RFC 8037). */
export type KeyAlgorithm = KeyKind['jws']

/** A key pair as text: the public half is for the server, the private one for nobody but the program that uses it. */
export interface KeyPair {
  /** PEM (SPKI) */
  publicKey: string
  /** PEM (PKCS#8) */
  privateKey: string
}

/** What making a pair needs besides what signing needs. */
const SIZES = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }

/** Makes a key pair, in browsers and in Node. */
export async function createKeyPair(algorithm: KeyAlgorithm = 'ES256'): Promise<KeyPair> {
  const kind = KINDS.find(({ jws }) => jws === algorithm)
  if (!kind) throw new TypeError(`${algorithm} is no algorithm of API keys`)
  const parameters: { name: string } = { ...SIZES, ...kind.crypto }
  const pair = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new TypeError(`${algorithm} makes no pair`)
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey('spki', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])
  return { publicKey: pemOf('PUBLIC KEY', spki), privateKey: pemOf('PRIVATE KEY', pkcs8) }
}

/** A JWT (RFC 7519) signed by the key; `header` adds to its header. */
export async function signJwt({ kind, key }: SigningKey, claims: object, header: object = {}): Promise<string> {
  const encoder = new TextEncoder()
  const encode = (value: object) => base64url(encoder.encode(JSON.stringify(value)))
  const input = `${encode({ alg: kind.jws, typ: 'JWT', ...header })}.${encode(claims)}`
  const signature = await crypto.subtle.sign(kind.crypto, await key, encoder.encode(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

/** RFC 7468, section 2. */
function pemOf(label: string, bytes: ArrayBuffer): string {
  const lines = base64(new Uint8Array(bytes)).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
