import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../lib/json.ts'

type Json = Record<string, unknown>

/** What an answer is called that many operations give, such as `NotFound`; nothing where it is one of its own. */
type NameOfAnswer = (status: string, answer: Json) => string | undefined

/** `Account`, as opposed to what parameters are called in messages: `Document Type`, `code`. */
const NAME = /^[A-Z][A-Za-z]+$/

/**
 * The document with each schema and each answer that has a name once, among its components, and a reference wherever it is
 * used. The name of a schema is its `title`, such as `Account`. Throws where two have the same.
 */
export function withComponents(document: object, nameOfAnswer: NameOfAnswer): Json {
  const { components, paths, ...rest }: Json = { ...document }
  const schemas: Json = {}
  const responses: Json = {}

  const refer = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(refer)
    if (!isObject(value)) return value
    const inner = mapped(value, refer)
    const name = nameOf(value)
    return name === undefined ? inner : keep(schemas, name, inner)
  }
  const answerOf = (value: unknown, status: string): unknown => {
    const answer = mapped(value, refer)
    const name = nameOfAnswer(status, answer)
    if (name === undefined) return answer
    responses[name] = answer
    return { $ref: `#/components/responses/${name}` }
  }
  const operationOf = (operation: unknown): unknown =>
    mapped(operation, (value, key) => (key === 'responses' ? mapped(value, answerOf) : refer(value)))

  const referring = mapped(paths, (operations) => mapped(operations, operationOf))
  const kept = { ...(isObject(components) ? components : {}), schemas: sorted(schemas), responses: sorted(responses) }
  return { ...rest, components: kept, paths: referring }
}

/** The document with what it refers to in place of every reference; what is said beside one counts more. */
export function withoutReferences(document: object): Json {
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined)
    if (!isObject(value)) return value
    const { $ref, ...beside } = value
    if (typeof $ref !== 'string') return mapped(value, inlined)
    const target = inlined(at(document, $ref))
    return { ...(isObject(target) ? target : {}), ...mapped(beside, inlined) }
  }
  return mapped(document, inlined)
}

/** Keeps a schema by its name; what one use says of itself stays there. */
function keep(schemas: Json, name: string, schema: Json): Json {
  const reference = { $ref: `#/components/schemas/${name}` }
  const known = schemas[name]
  if (!isObject(known)) {
    schemas[name] = schema
    return reference
  }
  const { description, ...shape } = schema
  const { description: first, ...knownShape } = known
  if (!isDeepStrictEqual(shape, knownShape)) throw new TypeError(`Two schemas are called ${name}`)
  return description === first || description === undefined ? reference : { ...reference, description }
}

/** Parameters have titles, too: `Metadata` is any object, and has no shape of its own. */
function nameOf({ title, properties, additionalProperties, enum: values, 'x-extensible-enum': known }: Json) {
  const isShaped = [properties, additionalProperties, values, known].some((each) => typeof each === 'object')
  return isShaped && typeof title === 'string' && NAME.test(title) ? title : undefined
}

const at = (document: unknown, $ref: string): unknown =>
  $ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), document)

const mapped = (value: unknown, change: (value: unknown, key: string) => unknown): Json =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([key, each]) => [key, change(each, key)]))

const sorted = (named: Json): Json =>
  Object.fromEntries(Object.entries(named).toSorted(([one], [other]) => (one < other ? -1 : 1)))
