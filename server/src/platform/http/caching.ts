import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

const PRIVATE = 'max-age=0, private, must-revalidate'

/** Answers carry a weak ETag and may be revalidated (RFC 9110, 13.1.2) but never kept by shared caches. */
export function revalidate(http: FastifyInstance): void {
  http.addHook('onSend', async (request, reply, payload) => {
    const good = reply.statusCode < 300
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', good ? PRIVATE : 'no-cache')
    if (reply.statusCode !== 200 || typeof payload !== 'string' || payload === '') return payload
    const etag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`
    reply.header('etag', etag)
    const cached = request.headers['if-none-match']?.split(',').some((candidate) => candidate.trim() === etag)
    if (!cached || (request.method !== 'GET' && request.method !== 'HEAD')) return payload
    reply.code(304)
    return null
  })
}
