import { isDeepStrictEqual } from 'node:util'
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { Type } from 'typebox'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { withComponents } from './components.ts'
import { ErrorReply } from './replies.ts'

/** What the OpenAPI document of a surface says besides its operations. */
export interface Description {
  title: string
  version: string
  description: string
  tags: { name: string; description: string }[]
  /** How callers prove who they are, by the names guards use; a bearer token unless told otherwise. */
  securitySchemes?: Record<string, SecurityScheme>
  /** What an operation's schema becomes in the document, where requests are wrapped in something. */
  wrap?: (schema: FastifySchema) => FastifySchema
}

interface SecurityScheme {
  type: 'http'
  scheme: string
  bearerFormat?: string
  description: string
}

const BEARER: Record<string, SecurityScheme> = {
  BearerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of `POST /api/v1/sessions`.',
  },
}

const errors = defineErrors('openapi', { noSuchTag: [400, 'named resource not exist'] })

/** Collects the routes registered on `http` afterwards into an OpenAPI 3.1 document, read with `http.swagger()`. */
export async function describeInOpenApi(
  http: FastifyInstance,
  { tags, securitySchemes = BEARER, wrap = (schema) => schema, ...info }: Description,
): Promise<void> {
  await http.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
      tags,
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => ({
      schema: schema?.hide ? schema : wrap(documented(schema, url, route)),
      url: url.replace(/(?<=.)\/$/, ''),
    }),
  })
}

const documents = new WeakMap<FastifyInstance, object>()

/** The document of the routes of `http`, once all of them are there. */
export function openApiOf(http: FastifyInstance): object {
  const document = documents.get(http) ?? shared(http.swagger())
  documents.set(http, document)
  return document
}

/** Serves the document at `/swagger_doc`, and the part of it that has one tag at `/swagger_doc/:tag`. */
export function serveOpenApi(http: FastifyInstance): void {
  const parts = new Map<string, object>()
  http.get('/swagger_doc', { schema: { hide: true } }, async () => openApiOf(http))
  http.get(
    '/swagger_doc/:tag',
    { schema: { hide: true, params: Type.Object({ tag: Type.String() }) } },
    async (request) => {
      const tag = isObject(request.params) ? String(request.params['tag']) : ''
      const known = parts.get(tag)
      if (known) return known
      const document = http.swagger()
      const tags = document.tags?.filter(({ name }) => name === tag) ?? []
      if (tags.length === 0) throw errors.noSuchTag()
      const part = shared({ ...document, tags, paths: operationsOf(document.paths, tag) })
      parts.set(tag, part)
      return part
    },
  )
}

/** `POST /api/v1/accounts/confirm` is `postV1AccountsConfirm`, `GET /api/v1/labels/:key` is `getV1LabelsKey`. */
export function operationId(method: string, url: string): string {
  const words = url
    .replace(/^\/(?:management_)?api\//, '')
    .split(/[^a-z0-9]+/i)
    .filter((word) => word !== '')
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('')
}

const MULTIPART = 'multipart/form-data'
const MEDIA_TYPES = ['application/json', 'application/x-www-form-urlencoded', MULTIPART]

/** What answers mean that say no more of themselves, and what those are called that many operations give. */
const STATUSES: Readonly<Record<string, { description: string; name?: string }>> = {
  200: { description: 'Done' },
  201: { description: 'Done' },
  202: { description: 'Begun; it goes on by itself' },
  204: { description: 'Done' },
  400: {
    name: 'BadRequest',
    description: 'A parameter is missing, empty or of the wrong kind, or the account cannot do this now',
  },
  401: { name: 'Unauthenticated', description: 'Not authenticated' },
  403: {
    name: 'Forbidden',
    description: 'Refused: a second factor, a fresh proof, another role or a scope is missing; the body says which',
  },
  404: { name: 'NotFound', description: 'Not found' },
  406: { name: 'NotAcceptable', description: 'The content type is not taken' },
  408: { name: 'RequestTimeout', description: 'The body took too long to come' },
  409: { name: 'Conflict', description: 'Things are not as this needs them; the body says why' },
  413: { name: 'ContentTooLarge', description: 'The body is too large' },
  422: { name: 'Unprocessable', description: 'Refused; the body says why' },
  429: {
    name: 'TooManyRequests',
    description: 'Too many requests; `Retry-After` tells for how many seconds to wait',
  },
  503: {
    name: 'Unavailable',
    description: 'What this needs is busy or away; `Retry-After` tells for how many seconds to wait',
  },
}

/** Answers that tell how long to wait, by a header. */
const WAITING = ['429', '503']
const RETRY_AFTER = { 'Retry-After': { type: 'integer', description: 'Seconds to wait' } }
const REFUSAL = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorReply' } } }

/** A refusal in one sentence, of which nothing more is said, is called by its status. */
function nameOfAnswer(status: string, { description, content }: Record<string, unknown>): string | undefined {
  const usual = STATUSES[status]
  return description === usual?.description && isDeepStrictEqual(content, REFUSAL) ? usual?.name : undefined
}

const shared = (document: object): object => withComponents(document, nameOfAnswer)

/** What any request may be answered, whatever it asks for. */
const ANYWHERE = { 429: ErrorReply, 503: ErrorReply }
/** What one that may have a body may be answered besides. */
const OF_BODIES = { 400: ErrorReply, 406: ErrorReply, 408: ErrorReply, 413: ErrorReply }

function documented(schema: FastifySchema, url: string, { method }: RouteOptions): FastifySchema {
  return {
    ...schema,
    operationId: operationId([method].flat().join(''), url),
    ...(schema?.querystring === undefined ? {} : { querystring: asked(schema.querystring) }),
    ...(schema?.body === undefined ? {} : { body: asked(schema.body) }),
    ...(schema?.body === undefined ? {} : { consumes: carriesFile(schema.body) ? [MULTIPART] : MEDIA_TYPES }),
    response: withDescriptions({ ...ANYWHERE, ...(method === 'GET' ? {} : OF_BODIES), ...responsesOf(schema) }),
  }
}

const responsesOf = (schema: FastifySchema | undefined): Record<string, unknown> =>
  isObject(schema?.response) ? schema.response : {}

/** What has a default need not be sent. */
function asked(schema: unknown): unknown {
  if (!isObject(schema) || !Array.isArray(schema['required']) || !isObject(schema['properties'])) return schema
  const { required, properties } = schema
  const hasDefault = (name: unknown) => {
    const property = properties[String(name)]
    return isObject(property) && 'default' in property
  }
  return { ...schema, required: required.filter((name) => !hasDefault(name)) }
}

const carriesFile = (body: unknown): boolean =>
  isObject(body) &&
  isObject(body['properties']) &&
  Object.values(body['properties']).some((property) => isObject(property) && property['format'] === 'binary')

const withDescriptions = (responses: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(responses).map(([status, schema]) => {
      const isPlain = isObject(schema) && !('description' in schema) && !('x-response-description' in schema)
      const { description = status } = STATUSES[status] ?? {}
      const headers = WAITING.includes(status) ? { headers: RETRY_AFTER } : {}
      return [status, isPlain ? { ...schema, ...headers, 'x-response-description': description } : schema]
    }),
  )

const operationsOf = (paths: object | undefined, tag: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(paths ?? {})
      .map(([path, operations]): [string, Record<string, unknown>] => [path, withTag(operations, tag)])
      .filter(([, operations]) => Object.keys(operations).length > 0),
  )

const withTag = (operations: unknown, tag: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isObject(operations) ? operations : {}).filter(
      ([, operation]) => isObject(operation) && Array.isArray(operation['tags']) && operation['tags'].includes(tag),
    ),
  )
