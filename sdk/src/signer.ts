/** The key that signs, and the name it is known by. */
export interface RequestSignerOptions {
  /** Uid of the API key. */
  keyid: string
  /** Private half: PKCS #8 as PEM, or a `CryptoKey` (RSASSA-PKCS1-v1_5 with SHA-256, ECDSA over P-256, or Ed25519). */
  privateKey: string | CryptoKey
  /** Milliseconds since 1970; the clock of this machine unless told. */
  now?: () => number
  fetch?: typeof globalThis.fetch
}

/** Signs requests for a gateway that asks Barong (RFC 9421; docs/guides/gateway.md). Works wherever there is WebCrypto. */
export interface RequestSigner {
  /** The request with its signature; each is good once, so sign anew to send again. */
  sign(input: string | URL | Request, init?: RequestInit): Promise<Request>
  /** Signs and sends. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
}

/** A kind of keys: how WebCrypto and RFC 9421 (section 6.2.2) call it, and the bytes of its object identifier. */
const KINDS = [
  {
    alg: 'rsa-v1_5-sha256',
    oid: '2a864886f70d010101',
    crypto: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  {
    alg: 'ecdsa-p256-sha256',
    oid: '2a8648ce3d020106082a8648ce3d030107',
    crypto: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  },
  { alg: 'ed25519', oid: '2b6570', crypto: { name: 'Ed25519' } },
] as const
type Kind = (typeof KINDS)[number]

/** Where an object identifier stands in a private key: near its beginning. */
const HEAD = 40
const NONCE_BYTES = 16

/** Signs with one API key. Throws a TypeError where the key cannot sign. */
export function createRequestSigner(options: RequestSignerOptions): RequestSigner {
  const { keyid, privateKey, now = Date.now, fetch = globalThis.fetch } = options
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(keyid)) throw new TypeError('keyid must be the uid of an API key')
  const kind = typeof privateKey === 'string' ? kindOfPem(privateKey) : kindOfKey(privateKey)
  const key =
    typeof privateKey === 'string'
      ? crypto.subtle.importKey('pkcs8', bytesOf(privateKey), kind.crypto, false, ['sign'])
      : Promise.resolve(privateKey)
  // Told to whoever signs first; nobody may be waiting yet.
  key.catch(() => {})
  const sign: RequestSigner['sign'] = async (input, init) => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const { method } = request
    const hasBody = request.body !== null || !['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(method)
    const body = hasBody ? await request.clone().arrayBuffer() : undefined
    const digest = body && (await contentDigest(body))
    const covered: [name: string, value: string][] = [
      ['@method', method],
      ['@path', pathname],
      ...(search === '' ? [] : [['@query', search] as [string, string]]),
      ...(digest === undefined ? [] : [['content-digest', digest] as [string, string]]),
    ]
    const names = covered.map(([name]) => `"${name}"`).join(' ')
    const created = Math.floor(now() / 1000)
    const parameters = `(${names});created=${created};nonce="${nonce()}";keyid="${keyid}";alg="${kind.alg}"`
    const lines = covered.map(([name, value]) => `"${name}": ${value}`)
    const base = new TextEncoder().encode([...lines, `"@signature-params": ${parameters}`].join('\n'))
    const signature = base64(await crypto.subtle.sign(kind.crypto, await key, base))
    const headers = new Headers(request.headers)
    if (digest !== undefined) headers.set('content-digest', digest)
    headers.set('signature-input', `sig1=${parameters}`)
    headers.set('signature', `sig1=:${signature}:`)
    return new Request(request, { headers, ...(body === undefined ? {} : { body }) })
  }
  return { sign, fetch: async (input, init) => fetch(await sign(input, init)) }
}

/** The `Content-Digest` of a body (RFC 9530), by SHA-256. */
export async function contentDigest(body: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha-256=:${base64(await crypto.subtle.digest('SHA-256', body))}:`
}

/** Whether a body is the one that was signed: for the service behind the gateway, which sees both. */
export async function isDigestOf(
  header: string | null | undefined,
  body: ArrayBuffer | Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return typeof header === 'string' && header.trim() === (await contentDigest(body))
}

function kindOfPem(pem: string): Kind {
  const hex = [...bytesOf(pem).subarray(0, HEAD)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const kind = KINDS.find(({ oid }) => hex.includes(oid))
  if (!kind) throw new TypeError('privateKey must be RSA, P-256 or Ed25519')
  return kind
}

function kindOfKey({ algorithm, usages }: CryptoKey): Kind {
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

const nonce = (): string => {
  const text = base64(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)).buffer)
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const base64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)))
