import type { FastifyInstance } from 'fastify'

/** JSON is named without a charset, as it has but one (RFC 8259, section 11); 1.8.26 named it in refusals of tokens alone. */
export function nameJson(http: FastifyInstance): void {
  http.addHook('onSend', (_request, reply, payload, done) => {
    const type = String(reply.getHeader('content-type') ?? '')
    const isRefusedToken = reply.hasHeader('www-authenticate')
    if (/^application\/json\b/.test(type))
      reply.header('content-type', isRefusedToken ? 'application/json; charset=utf-8' : 'application/json')
    done(null, payload)
  })
}
