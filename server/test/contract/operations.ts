import { readFileSync } from 'node:fs'
import type { XSchema } from 'typebox/schema'
import { isObject } from '../../src/lib/json.ts'

/** An operation of a published API document. */
export interface Operation {
  id: string
  method: string
  /** Below /api, with parameters in braces. */
  path: string
  params: readonly Parameter[]
  responses: Readonly<Record<string, string>>
}

export interface Parameter {
  name: string
  in: string
  type: string
  required: boolean
}

/** The operations that a published version of Barong had. */
export function publishedOperations(version: '1.8.26' | '1.7.0'): readonly Operation[] {
  const file = new URL(`../fixtures/contract/barong-${version}.operations.json`, import.meta.url)
  const { operations }: { operations: Operation[] } = JSON.parse(readFileSync(file, 'utf8'))
  return operations
}

/** An operation of our OpenAPI document, as far as it is compared. */
export interface OurOperation {
  /** JSON schemas of the bodies by status; `undefined` where there is nothing to say. */
  bodies: Readonly<Record<string, XSchema | undefined>>
  /** `name:place:type`, with `!` where it is required. */
  parameters: readonly string[]
}

/** Reads an operation out of an OpenAPI 3.1 document. */
export function ourOperation(document: unknown, { method, path }: Operation): OurOperation | undefined {
  const operation = at(document, 'paths', `/api${path}`, method.toLowerCase())
  if (!isObject(operation)) return undefined
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'] : []
  const contents = at(operation, 'requestBody', 'content')
  const body = isObject(contents) ? at(Object.values(contents)[0], 'schema') : undefined
  return {
    bodies: Object.fromEntries(
      Object.entries(entriesOf(operation['responses'])).map(([status, response]) => [
        status,
        schemaIn(at(response, 'content', 'application/json', 'schema')),
      ]),
    ),
    parameters: [
      ...parameters.map((parameter) =>
        describe(parameter.name, parameter.in, parameter.schema, parameter.required === true),
      ),
      ...bodyParameters(body),
    ],
  }
}

const schemaIn = (value: unknown): XSchema | undefined => (isObject(value) ? value : undefined)

/** A published parameter in the same words. */
export const published = ({ name, in: place, type, required }: Parameter): string =>
  `${name}:${place}:${type}${required ? '!' : ''}`

function bodyParameters(schema: unknown): string[] {
  const required = isObject(schema) && Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(entriesOf(at(schema, 'properties'))).map(([name, type]) =>
    describe(name, 'body', type, required.includes(name)),
  )
}

function describe(name: string, place: string, schema: unknown, required: boolean): string {
  const { type, format, anyOf } = entriesOf(schema)
  const kind = type ?? (Array.isArray(anyOf) ? anyOf[0].type : 'unknown')
  const exact = format === 'date' || format === 'binary' ? `${kind}(${format})` : kind
  return `${name}:${place}:${exact}${required ? '!' : ''}`
}

function at(value: unknown, ...keys: string[]): unknown {
  let place = value
  for (const key of keys) place = entriesOf(place)[key]
  return place
}

const entriesOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
