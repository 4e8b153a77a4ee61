import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { Type } from 'typebox'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
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

/** Serves the document at `/swagger_doc`, and the part of it that has one tag at `/swagger_doc/:tag`. */
export function serveOpenApi(http: FastifyInstance): void {
  http.get('/swagger_doc', { schema: { hide: true } }, async () => http.swagger())
  http.get(
    '/swagger_doc/:tag',
    { schema: { hide: true, params: Type.Object({ tag: Type.String() }) } },
    async (request) => {
      const tag = isObject(request.params) ? String(request.params['tag']) : ''
      const document = http.swagger()
      const tags = document.tags?.filter(({ name }) => name === tag) ?? []
      if (tags.length === 0) throw errors.noSuchTag()
      return { ...document, tags, paths: operationsOf(document.paths, tag) }
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

const STATUSES: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Done',
  204: 'Done',
  400: 'A parameter is missing, empty or of the wrong kind, or the account cannot do this now',
  401: 'Not authenticated',
  403: 'Refused for lack of a second factor',
  404: 'Not found',
  406: 'The content type is not taken',
  408: 'The body took too long to come',
  413: 'The body is too large',
  422: 'Refused; the body says why',
  429: 'Too many requests; `Retry-After` tells for how many seconds to wait',
  503: 'What this needs is busy or away; `Retry-After` tells for how many seconds to wait',
}

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
      const described = isObject(schema) && !('description' in schema)
      return [status, described ? { ...schema, 'x-response-description': STATUSES[status] ?? status } : schema]
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
