import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyInstance } from 'fastify'

/**
 * Schemas are compiled when the first request or answer needs them, and once for all routes that say the same: most answers
 * of most routes are refusals of the same few shapes, and compiling them all would be a third of the start.
 */
export function compileWhenNeeded(http: FastifyInstance): void {
  const validatorOf = AjvCompiler()({}, { customOptions: { allErrors: true } })
  const serializerOf = SerializerSelector()()
  const validate = whenNeeded((schema) => validatorOf({ schema }))
  const serialize = whenNeeded((schema) => serializerOf({ schema, method: '', url: '', httpStatus: '' }))
  http.setSerializerCompiler(({ schema }) => {
    const serializer = serialize(schema)
    return (answer) => serializer()(answer)
  })
  http.setValidatorCompiler(({ schema }) => {
    const validator = validate(schema)
    return (input) => validator()(input) === true || { error: validator().errors ?? [] }
  })
}

/** What is made of a schema, when first asked for, and once for all schemas that say the same. */
function whenNeeded<T>(make: (schema: unknown) => T): (schema: unknown) => () => T {
  const places = new Map<string, { made?: T }>()
  return (schema) => {
    const key = JSON.stringify(schema)
    const place = places.get(key) ?? {}
    places.set(key, place)
    return () => {
      place.made ??= make(schema)
      return place.made
    }
  }
}
