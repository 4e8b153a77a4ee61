import type { FastifyInstance, HTTPMethods } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { unknownPath } from './error-replies.ts'

const VERBS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

const errors = defineErrors('http', { wrongVerb: [405, 'The method is not allowed here'] })

/**
 * Answers 404 for unknown paths before a body is read, and 405 with `Allow` (RFC 9110, 15.5.6) for verbs a known path does not have. Call
 * before the routes are registered, and the function it returns after.
 */
export function refuseWrongVerbs(http: FastifyInstance, prefix: string): () => void {
  http.addHook('onRequest', async (request) => {
    if (request.is404) throw unknownPath()
  })
  const verbs = new Map<string, Set<string>>()
  http.addHook('onRoute', ({ url, method }) => {
    const path = url.slice(prefix.length).replace(/\/$/, '')
    const known = verbs.get(path) ?? new Set()
    for (const verb of [method].flat()) known.add(verb)
    verbs.set(path, known)
  })
  return () => {
    for (const [path, known] of [...verbs]) {
      const allowed = VERBS.filter((verb) => known.has(verb))
      const missing = VERBS.filter((verb) => !known.has(verb))
      if (path.includes('*') || missing.length === 0) continue
      const refuse = async () => {
        throw errors.wrongVerb({ headers: { allow: [...allowed, 'OPTIONS'].join(', ') } })
      }
      http.route({ url: path, method: missing, schema: { hide: true }, onRequest: refuse, handler: refuse })
    }
  }
}
