import type { FastifyInstance, FastifyRequest } from 'fastify'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { parseForm } from './form-body.ts'
import { parseJsonBody } from './json-body.ts'
import { checkParameters } from './parameter-checks.ts'
import { takeMultipart, type Uploads } from './uploads.ts'

const errors = defineErrors('http', {
  contentType: [406, 'The requested content-type is not supported.'],
  format: [406, 'The requested format is not supported.'],
})

/** Name of the request decorator with all parameters of a request. */
const PARAMETERS = 'parameters'

/** Everything the request carries by name: query, overruled by the body, overruled by the path. */
export const parametersOf = (request: FastifyRequest): Record<string, unknown> =>
  request.getDecorator<Record<string, unknown> | null>(PARAMETERS) ?? {}

/** For surfaces that take nothing by name, such as tokens in the query. */
export const expectNoParameters = (http: FastifyInstance): void => {
  http.decorateRequest(PARAMETERS, null)
}

/** How parameters are taken. */
export interface V1Parameters {
  /** Files of multipart forms are only noted without it. */
  uploads?: Uploads
  /** Whether a parameter of that name is taken from the query, of an operation that has a body or not; without it each is. */
  inQuery?: (name: string, hasBody: boolean) => boolean
}

/**
 * Takes parameters as 1.8.26 took them: from JSON, forms and the query alike, checked by one set of rules; a one-time code also
 * from the header `TOTP-Code`, for operations without a body.
 */
export function takeV1Parameters(http: FastifyInstance, { uploads, inQuery }: V1Parameters = {}): void {
  const named = (request: FastifyRequest) => {
    const code = request.headers['totp-code']
    const told = inQuery ? takenFromQuery(request, inQuery) : queryOf(request)
    return code === undefined ? told : { ...told, totp_code: code }
  }
  expectNoParameters(http)
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    parseJsonBody(body),
  )
  http.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseForm(body),
  )
  takeMultipart(http, uploads, (request, fields) => request.setDecorator(PARAMETERS, { ...named(request), ...fields }))
  const strange = nameStrangeTypes(http)
  http.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const type = strange.get(request) ?? mediaTypeOf(request.headers['content-type'])
    if (!type) return parseJsonBody(body)
    if (body.length === 0) return {}
    throw errors.contentType({ body: { error: `The requested content-type '${type}' is not supported.` } })
  })
  http.addHook('preValidation', (request, _reply, done) => {
    const query = queryOf(request)
    // An extension that is known counts more.
    const refusal = /^[^?]*\.json(?:\?|$)/.test(request.originalUrl) ? undefined : refusalOfFormat(query['format'])
    if (refusal) return done(refusal)
    const parameters = { ...named(request), ...asObject(request.body), ...asObject(request.params) }
    request.setDecorator(PARAMETERS, parameters)
    request.query = parameters
    request.body = parameters
    done()
  })
  checkParameters(http, 400)
}

/** What of a query counts: where an operation has a body, perhaps nothing of it, and of others what is let through by its name. */
function takenFromQuery(request: FastifyRequest, inQuery: NonNullable<V1Parameters['inQuery']>) {
  const hasBody = request.routeOptions.schema?.body !== undefined
  const query = Object.entries(queryOf(request)).filter(([name]) => inQuery(name, hasBody))
  return Object.fromEntries(query)
}

const mediaTypeOf = (header: string | undefined): string | undefined => header?.split(/[;,]/)[0]?.trim().toLowerCase()

/**
 * Lets requests through to the parser whose type has not the form of one, which Fastify refuses with a text of its own: an
 * empty one is none, and any other is remembered as it was named.
 */
function nameStrangeTypes(http: FastifyInstance): WeakMap<FastifyRequest, string> {
  const names = new WeakMap<FastifyRequest, string>()
  http.addHook('preParsing', (request, _reply, payload, done) => {
    const { headers } = request.raw
    const type = mediaTypeOf(headers['content-type'])
    if (type === '') delete headers['content-type']
    else if (type !== undefined && !MEDIA_TYPE.test(type)) {
      names.set(request, type)
      headers['content-type'] = 'application/octet-stream'
    }
    done(null, payload)
  })
  return names
}

/** RFC 9110, section 8.3.1. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/

function refusalOfFormat(format: unknown): Refusal | undefined {
  if (typeof format !== 'string' || format === '' || format === 'json') return undefined
  return errors.format({ body: { error: `The requested format '${format}' is not supported.` } })
}

/** A query may itself hold question marks (RFC 3986, section 3.4): it begins after the first. */
function queryOf({ raw: { url = '' } }: FastifyRequest): Record<string, unknown> {
  const start = url.indexOf('?')
  return start === -1 ? {} : parseForm(url.slice(start + 1))
}

const asObject = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
