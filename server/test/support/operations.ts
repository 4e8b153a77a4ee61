import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../../src/lib/json.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** An operation of an OpenAPI document of ours, as far as requests need it. */
export interface Operation {
  method: (typeof METHODS)[number]
  /** As in the document: `/api/v1/labels/{key}`. */
  path: string
  isOpen: boolean
  /** The statuses that it may be answered with. */
  statuses: readonly number[]
  parameters: readonly { name: string; in: 'path' | 'query' | 'body' }[]
}

/** Every operation that the committed document of an API has. */
export function operationsOf(api: 'user-api' | 'admin-api' | 'management-api'): Operation[] {
  const file = join(import.meta.dirname, `../../openapi/${api}.json`)
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'))
  return Object.entries(childOf(document, 'paths')).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = isObject(item) ? item[method.toLowerCase()] : undefined
      if (!isObject(operation)) return []
      const parameters = [...declared(operation), ...ofBody(document, operation)]
      const statuses = Object.keys(childOf(operation, 'responses')).map(Number)
      return [{ method, path, isOpen: operation['security'] === undefined, statuses, parameters }]
    }),
  )
}

function declared(operation: Record<string, unknown>): Operation['parameters'][number][] {
  const list = operation['parameters']
  return (Array.isArray(list) ? list : []).flatMap((each: unknown) => {
    if (!isObject(each) || typeof each['name'] !== 'string') return []
    const where = each['in']
    return where === 'path' || where === 'query' ? [{ name: each['name'], in: where }] : []
  })
}

function ofBody(document: unknown, operation: Record<string, unknown>): Operation['parameters'][number][] {
  const [content] = Object.values(childOf(childOf(operation, 'requestBody'), 'content'))
  const schema = resolved(document, childOf(content, 'schema'))
  return Object.keys(childOf(schema, 'properties')).map((name) => ({ name, in: 'body' as const }))
}

function resolved(document: unknown, schema: Record<string, unknown>): Record<string, unknown> {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  return reference
    .slice(2)
    .split('/')
    .reduce<Record<string, unknown>>((node, name) => childOf(node, name), childOf({ document }, 'document'))
}

function childOf(parent: unknown, name: string): Record<string, unknown> {
  const child = isObject(parent) ? parent[name] : undefined
  return isObject(child) ? child : {}
}
