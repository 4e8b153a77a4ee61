import type { FastifyInstance } from 'fastify'

/** What a browser may make of an answer that is no page: nothing. */
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const HSTS = 'max-age=31536000; includeSubDomains'

/** Headers of whatever is answered, for surfaces that have no stricter or more fitting ones of their own. */
export const baseHeaders = ({ production }: { production: boolean }): Readonly<Record<string, string>> => ({
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  ...(production ? { 'strict-transport-security': HSTS } : {}),
})

/** Puts them on every answer, also on refusals and on what is not there. */
export function secureAnswers(http: FastifyInstance, config: { production: boolean }): void {
  const headers = baseHeaders(config)
  http.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers)
    done()
  })
}

/** Takes them off again in a scope whose plugin writes its own past the framework, which would otherwise be overwritten. */
export function dropBaseHeaders(http: FastifyInstance): void {
  const names = Object.keys(baseHeaders({ production: true }))
  http.addHook('onRequest', (_request, reply, done) => {
    for (const name of names) reply.removeHeader(name)
    done()
  })
}
