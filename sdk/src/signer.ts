import { base64, base64url, readPrivateKey } from './private-key.ts'

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

const NONCE_BYTES = 16

/** Signs with one API key. Throws a TypeError where the key cannot sign. */
export function createRequestSigner(options: RequestSignerOptions): RequestSigner {
  const { keyid, privateKey, now = Date.now, fetch = globalThis.fetch } = options
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(keyid)) throw new TypeError('keyid must be the uid of an API key')
  const { kind, key } = readPrivateKey(privateKey)
  const sign: RequestSigner['sign'] = async (input, init) => {
    const request = new Request(input, init)
    const url = new URL(request.url)
    // A lone question mark is sent, and is a query of nothing, which `search` does not tell from none (RFC 9421, section 2.2.7).
    const search = url.search === '' && url.href.replace(url.hash, '').endsWith('?') ? '?' : url.search
    const { pathname } = url
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
    const signature = base64(new Uint8Array(await crypto.subtle.sign(kind.crypto, await key, base)))
    const headers = new Headers(request.headers)
    if (digest !== undefined) headers.set('content-digest', digest)
    headers.set('signature-input', `sig1=${parameters}`)
    headers.set('signature', `sig1=:${signature}:`)
    return new Request(request, { headers, ...(body === undefined ? {} : { body }) })
  }
  return { sign, fetch: async (input, init) => fetch(await sign(input, init)) }
}

/** The `Content-Digest` of a body (RFC 9530), by SHA-256. */
export const contentDigest = (body: ArrayBuffer | Uint8Array): Promise<string> => digestBy('SHA-256', body)

const ALGORITHMS: Readonly<Record<string, string>> = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' }

async function digestBy(algorithm: string, body: ArrayBuffer | Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest(algorithm, body instanceof ArrayBuffer ? body : new Uint8Array(body))
  return `${algorithm.toLowerCase()}=:${base64(new Uint8Array(digest))}:`
}

/**
 * Whether a body, its bytes as they came, is the one that was signed: for the service behind the gateway, which sees both. Each
 * digest of the header that is by SHA-256 or SHA-512 must be right, and there must be one.
 */
export async function isDigestOf(
  header: string | readonly string[] | null | undefined,
  body: ArrayBuffer | Uint8Array,
): Promise<boolean> {
  const digests = [header ?? []].flat().flatMap((line) => line.split(',').map((member) => member.trim()))
  const ours = digests.flatMap((digest) => {
    const algorithm = ALGORITHMS[digest.split('=', 1)[0] ?? '']
    return algorithm === undefined ? [] : [{ digest, algorithm }]
  })
  const right = await Promise.all(
    ours.map(async ({ digest, algorithm }) => digest === (await digestBy(algorithm, body))),
  )
  return right.length > 0 && right.every((each) => each)
}

const nonce = (): string => base64url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
