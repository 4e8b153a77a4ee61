import { isObject } from '../../../lib/json.ts'

/** What the reference page shows of an OpenAPI document. */
export interface Reference {
  title: string
  version: string
  description: string
  sections: Section[]
}

export interface Section {
  name: string
  description: string
  operations: Operation[]
}

export interface Operation {
  id: string
  verb: string
  path: string
  summary: string
  /** Whether a token is needed. */
  closed: boolean
  /** Whether the body can only be a multipart form. */
  multipart: boolean
  parameters: Parameter[]
  answers: Answer[]
}

export interface Parameter {
  name: string
  place: string
  type: string
  required: boolean
  description: string
}

export interface Answer {
  status: string
  description: string
  /** An outline of the body, or empty. */
  body: string
}

type Json = Record<string, unknown>

/** Reads an OpenAPI 3.1 document into the order in which it is shown: by tag, as the tags are listed. */
export function readReference(document: unknown): Reference {
  const { info, tags, paths } = objectOf(document)
  const operations = Object.entries(objectOf(paths)).flatMap(([path, verbs]) =>
    Object.entries(objectOf(verbs)).map(([verb, operation]) => ({ verb, path, json: objectOf(operation) })),
  )
  const sections = listOf(tags).map((tag) => ({
    name: textOf(tag['name']),
    description: textOf(tag['description']),
    operations: operations
      .filter(({ json }) => textsOf(json['tags']).includes(textOf(tag['name'])))
      .map(({ verb, path, json }) => readOperation(verb, path, json)),
  }))
  const { title, version, description } = objectOf(info)
  return {
    title: textOf(title),
    version: textOf(version),
    description: textOf(description),
    sections: sections.filter((section) => section.operations.length > 0),
  }
}

function readOperation(verb: string, path: string, operation: Json): Operation {
  const content = objectOf(objectOf(operation['requestBody'])['content'])
  const [body] = Object.values(content)
  return {
    id: textOf(operation['operationId']),
    verb: verb.toUpperCase(),
    path,
    // 1.8.26 writes into summaries what `closed` tells.
    summary: textOf(operation['summary']).replace(/ *\(no auth\)$/, ''),
    closed: listOf(operation['security']).length > 0,
    multipart: Object.keys(content).join() === 'multipart/form-data',
    parameters: [
      ...listOf(operation['parameters']).map(readParameter),
      ...readFields(objectOf(objectOf(body)['schema'])),
    ],
    answers: Object.entries(objectOf(operation['responses'])).map(([status, answer]) => readAnswer(status, answer)),
  }
}

const readParameter = (parameter: Json): Parameter => ({
  name: textOf(parameter['name']),
  place: textOf(parameter['in']),
  type: typeOf(objectOf(parameter['schema'])),
  required: parameter['required'] === true,
  description: textOf(parameter['description']),
})

function readFields(schema: Json): Parameter[] {
  const required = textsOf(schema['required'])
  return Object.entries(objectOf(schema['properties'])).map(([name, property]) => ({
    name,
    place: 'body',
    type: typeOf(objectOf(property)),
    required: required.includes(name),
    description: textOf(objectOf(property)['description']),
  }))
}

function readAnswer(status: string, answer: unknown): Answer {
  const { description, content } = objectOf(answer)
  const schema = objectOf(objectOf(objectOf(content)['application/json'])['schema'])
  return {
    status,
    description: textOf(description),
    body: Object.keys(schema).length === 0 ? '' : written(outline(schema)),
  }
}

const LINE = 60

/** JSON on one line where it fits. */
function written(value: unknown): string {
  const broad = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')
  return broad.length <= LINE ? broad : JSON.stringify(value, null, 2)
}

/** Values that are all told; of more it is said what they are. */
const FEW = 6

/** An example of the shape, with the names of types as values. */
function outline(schema: Json): unknown {
  if (schema['type'] === 'array') return [outline(objectOf(schema['items']))]
  const properties = Object.entries(objectOf(schema['properties']))
  if (properties.length > 0)
    return Object.fromEntries(properties.map(([name, type]) => [name, outline(objectOf(type))]))
  if (isObject(schema['additionalProperties'])) return { '…': outline(schema['additionalProperties']) }
  return typeOf(schema)
}

function typeOf(schema: Json): string {
  const variants = listOf(schema['anyOf'])
  if (variants.length > 0) return variants.map(typeOf).join(' or ')
  const format = textOf(schema['format'])
  if (format === 'binary') return 'file'
  const values = textsOf(schema['enum'] ?? schema['x-extensible-enum'])
  if (values.length > 0 && values.length <= FEW) return values.join(' | ')
  return format === '' ? textOf(schema['type']) : format
}

const objectOf = (value: unknown): Json => (isObject(value) ? value : {})
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(textOf) : [])
