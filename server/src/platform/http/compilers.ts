import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { FastifyInstance } from 'fastify'
import { PERSONAL_DATA } from './searches.ts'

const validatorOf = once(() => AjvCompiler()({}, { customOptions: { allErrors: true, keywords: [PERSONAL_DATA] } }))
const serializerOf = once(() => SerializerSelector()())
/** Of all servers in this process. */
const validate = whenNeeded((schema) => validatorOf()({ schema }))
const serialize = whenNeeded((schema) => serializerOf()({ schema, method: '', url: '', httpStatus: '' }))

/**
 * Schemas are compiled when the first request or answer needs them, and once for all routes that say the same: most answers
 * of most routes are refusals of the same few shapes, and compiling them all would be a third of the start.
 */
export function compileWhenNeeded(http: FastifyInstance): void {
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
  const known = new Map<string, () => T>()
  return (schema) => {
    const key = JSON.stringify(schema)
    const compiled = known.get(key) ?? once(() => make(schema))
    known.set(key, compiled)
    return compiled
  }
}

/** Makes it when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { it: T } | undefined
  return () => {
    made ??= { it: make() }
    return made.it
  }
}
