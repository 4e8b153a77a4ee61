import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const PRIVATE = 'max-age=0, private, must-revalidate'
const TAGGED = new Set([200, 201])

/**
 * Answers carry a weak ETag and may be revalidated (RFC 9110, 13.1.2) but never kept by shared caches; those that have
 * no body are not kept at all, as in 1.8.26. What is told to somebody who shows a token, or made for whoever asks, such as
 * a token, is kept nowhere. A route may bring an ETag of its own.
 */
export function revalidate(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, payload, done) => {
    done(null, tagged(request, reply, payload))
  })
}

function tagged(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const { method, headers } = request
  const { statusCode } = reply
  const hasBody = method !== 'HEAD' && statusCode !== 204 && typeof payload === 'string' && payload !== ''
  const kept = statusCode < 300 && hasBody
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', kept ? ruleFor(request) : 'no-cache')
  if (!TAGGED.has(statusCode) || typeof payload !== 'string' || payload === '') return payload
  const etag = String(reply.getHeader('etag') ?? `W/"${hash('sha1', payload, 'base64url')}"`)
  reply.header('etag', etag)
  const isRead = statusCode === 200 && (method === 'GET' || method === 'HEAD')
  if (!isRead || !hasAlready(headers['if-none-match'], etag)) return payload
  reply.code(304).removeHeader('content-type')
  // Fastify itself leaves the body of a HEAD away, and asks how long it was.
  return method === 'HEAD' ? payload : null
}

const ruleFor = ({ method, headers, url }: FastifyRequest): string =>
  method !== 'GET' || headers.authorization !== undefined || headers.cookie !== undefined || /_token=/.test(url)
    ? 'no-store'
    : PRIVATE

/** Whether the client's copy is this one, or any will do; weak and strong tags count alike (RFC 9110, 8.8.3.2 and 13.1.2). */
function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch?.trim() === '*' || ifNoneMatch?.split(',').some((tag) => opaque(tag) === opaque(etag)) === true
}
