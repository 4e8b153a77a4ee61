import type { FastifyInstance } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { ErrorReply } from './replies.ts'

const errors = defineErrors('http', { unknownParameters: [422, 'There is no such parameter'] })

/**
 * Refuses parameters that an operation does not have, in the query and in the body, on routes that are registered on `http`
 * afterwards: a mistyped filter would show everything, and a mistyped setting would be left as it was.
 */
export function refuseUnknownParameters(http: FastifyInstance): void {
  http.addHook('onRoute', (route) => {
    const { response } = route.schema ?? {}
    route.schema = { ...route.schema, response: { 422: ErrorReply, ...(isObject(response) ? response : {}) } }
  })
  http.addHook('preValidation', (request, _reply, done) => {
    const { querystring, body } = request.routeOptions.schema ?? {}
    const unknown = [...unknownIn(request.query, querystring), ...(body ? unknownIn(request.body, body) : [])]
    if (unknown.length === 0) return done()
    const error = unknown.map((name) => `${name} is not a parameter`).join(', ')
    done(errors.unknownParameters({ body: { error } }))
  })
}

function unknownIn(given: unknown, declared: unknown): string[] {
  const properties = isObject(declared) && isObject(declared['properties']) ? declared['properties'] : {}
  return isObject(given) ? Object.keys(given).filter((name) => !Object.hasOwn(properties, name)) : []
}
