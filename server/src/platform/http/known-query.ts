import type { FastifyInstance } from 'fastify'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'

const errors = defineErrors('http', { unknownParameters: [422, 'There is no such parameter'] })

/** Refuses queries with parameters that an operation does not have, on routes that are registered on `http` afterwards: a mistyped filter would show everything. */
export function refuseUnknownQuery(http: FastifyInstance): void {
  http.addHook('preValidation', (request, _reply, done) => {
    const declared: unknown = request.routeOptions.schema?.querystring
    const properties = isObject(declared) && isObject(declared['properties']) ? declared['properties'] : {}
    const names = isObject(request.query) ? Object.keys(request.query) : []
    const unknown = names.filter((name) => !Object.hasOwn(properties, name))
    if (unknown.length === 0) return done()
    const error = unknown.map((name) => `${name} is not a parameter`).join(', ')
    done(errors.unknownParameters({ body: { error } }))
  })
}
