import { createHash, randomUUID, sign } from 'node:crypto'
import type { ClientKey } from './client-keys.ts'

export interface Request {
  method: string
  target: string
  body?: string
}

interface How {
  /** Seconds since 1970. */
  created: number
  expires?: number
  nonce?: string
  alg?: string
  /** Names, each perhaps with parameters: `@path;req`. */
  covered?: readonly string[]
  /** Of the signature: `null` for Ed25519. */
  digest?: string | null
}

/** Headers that sign a request (RFC 9421), made by hand after its section 2.5. */
export function signedHeaders(key: ClientKey, keyid: string, request: Request, how: How): Record<string, string> {
  const { method, target, body } = request
  const [path = ''] = target.split('?', 1)
  const content_digest = `sha-256=:${createHash('sha256')
    .update(body ?? '')
    .digest('base64')}:`
  const values: Record<string, string> = {
    '@method': method,
    '@path': path,
    '@query': target.slice(path.length) || '?',
    'content-digest': content_digest,
  }
  const names = how.covered ?? ['@method', '@path', '@query', ...(body === undefined ? [] : ['content-digest'])]
  const alg = how.alg === undefined ? '' : `;alg="${how.alg}"`
  const expires = how.expires === undefined ? '' : `;expires=${how.expires}`
  const parameters = `(${names.map(quoted).join(' ')});created=${how.created}${expires};nonce="${how.nonce ?? randomUUID()}";keyid="${keyid}"${alg}`
  const lines = names.map((name) => `"${plain(name)}": ${values[plain(name)]}`)
  const base = [...lines, `"@signature-params": ${parameters}`].join('\n')
  const digest = how.digest === undefined ? 'sha256' : how.digest
  const signature = sign(digest, Buffer.from(base), { key: key.private_key, dsaEncoding: 'ieee-p1363' })
  return {
    'signature-input': `sig1=${parameters}`,
    signature: `sig1=:${signature.toString('base64')}:`,
    ...(body === undefined ? {} : { 'content-digest': content_digest }),
  }
}

/** `@path;req` as `"@path";req`. */
const quoted = (name: string): string => name.replace(/^[^;]*/, '"$&"')

/** Its name alone, as who overlooks the parameters would sign it. */
const plain = (name: string): string => name.replace(/;.*/, '')
