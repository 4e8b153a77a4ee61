import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Which browsers' pages may call the API. */
export interface CorsSettings {
  /** Exact origins, or `*` alone. */
  origins: readonly string[]
  credentials: boolean
}

const METHODS = 'GET, POST, PUT, PATCH, DELETE'
const HEADERS = 'Origin, X-Requested-With, Content-Type, Accept, Authorization'
/** What pages of other origins may read besides: how long to wait, and what support needs to find the request. */
const EXPOSED = 'Retry-After, X-Request-Id'

/** Puts the CORS headers on every answer, and answers OPTIONS on any path (Fetch Standard, CORS protocol). */
export function allowOrigins(http: FastifyInstance, settings: CorsSettings): void {
  http.addHook('onRequest', (request, reply, done) => {
    putCorsHeaders(settings, request, reply)
    done()
  })
  http.options('/*', { schema: { hide: true } }, async (_request, reply) => reply.code(200).send())
  http.options('/', { schema: { hide: true } }, async (_request, reply) => reply.code(200).send())
}

/** Puts the CORS headers on one answer. */
export function putCorsHeaders(settings: CorsSettings, { headers, method }: FastifyRequest, reply: FastifyReply): void {
  const any = settings.origins.includes('*')
  reply.header('access-control-allow-origin', any ? '*' : allowedOrigin(settings.origins, headers.origin))
  reply.header('access-control-allow-methods', METHODS)
  reply.header('access-control-allow-headers', `${HEADERS}${moreHeaders(headers)}`)
  reply.header('access-control-allow-credentials', String(settings.credentials))
  if (method === 'OPTIONS') return
  reply.header('access-control-expose-headers', EXPOSED)
  if (!any) reply.header('vary', 'Origin')
}

/** Headers of proofs, for pages that want to send them (RFC 9449; proof of work); the others are told what 1.8.26 told them. */
function moreHeaders(headers: FastifyRequest['headers']): string {
  const asked = headers['access-control-request-headers']
  if (asked === undefined) return ''
  const wanted = asked.toLowerCase().split(/[\s,]+/)
  const more = ['DPoP', 'Proof-Of-Work', 'TOTP-Code'].filter((name) => wanted.includes(name.toLowerCase()))
  return more.map((name) => `, ${name}`).join('')
}

/** The caller's origin when it is on the list, else the first one, which tells a browser no. */
function allowedOrigin(origins: readonly string[], origin: string | undefined): string {
  return origins.find((allowed) => allowed === origin) ?? origins[0] ?? ''
}
