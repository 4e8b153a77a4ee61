import { IncomingMessage } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../../deps.ts'
import { answerOf, defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { noteCause } from '../../platform/http/error-replies.ts'
import type { FindSite } from '../../platform/http/sites.ts'
import { HIDDEN_DOT } from './access-tokens.ts'
import { securityHeaders } from './answers.ts'
import { assertedClient } from './client-assertions.ts'
import { issueClientToken } from './client-tokens.ts'
import { findClient } from './clients.ts'
import type { Engine } from './engine.ts'
import { introspect } from './introspection.ts'
import { publicAddress } from './public-address.ts'
import { NOT_KEPT } from './refusals.ts'
import { defaultScopes } from './scopes.ts'
import { ROUTES } from './urls.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'outbox'>

/** What the engine says to whoever is no page of a browser. */
const TO_NO_PAGE = {
  ...NOT_KEPT,
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate',
  vary: 'Origin',
}
/** Requests of clients are small. */
const BODY_LIMIT = 56 * 1024
/** Browsers and proxies take addresses of this length. */
const LONGEST_QUERY = 8 * 1024

const errors = defineErrors('authorization', {
  long: [400, 'The request is too long for an address; it can be pushed beforehand'],
  token: [400, 'A token must not travel in addresses; the request can be pushed beforehand, or posted to sign out'],
  hint: [400, 'Who it is must not travel in addresses; the request can be pushed beforehand, or posted to sign out'],
})

/** Where the engine answers, of which limits and everything else here know the requests. */
const ENGINE_ROUTES = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  ...Object.values(ROUTES),
  `${ROUTES.authorization}/:uid`,
  `${ROUTES.code_verification}/:uid`,
  `${ROUTES.end_session}/confirm`,
  `${ROUTES.end_session}/success`,
]
/** What of it is answered here. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  [ROUTES.authorization]: ['POST'],
  [ROUTES.introspection]: ['POST'],
  [ROUTES.token]: ['POST'],
  [ROUTES.jwks]: ['GET', 'HEAD'],
}
/** Where the engine has nothing. */
const NOWHERE = '/oauth/nowhere'

/** Hands everything below `/oauth` that is not ours to the engine, and the discovery documents with it. */
export const engineRoutes =
  (needs: Needs, engine: Engine, findSite: FindSite) =>
  async (http: FastifyInstance): Promise<void> => {
    http.removeAllContentTypeParsers()
    http.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
      async (_: FastifyRequest, body: Buffer) => body,
    )
    http.setErrorHandler(answerInOauth)
    const pass = (request: FastifyRequest, reply: FastifyReply) => handOver(needs, engine, findSite, request, reply)
    for (const url of ENGINE_ROUTES) {
      const taken = OWN[url] ?? []
      http.route({ method: http.supportedMethods.filter((method) => !taken.includes(method)), url, handler: pass })
    }
    http.post(ROUTES.authorization, async (request, reply) => {
      if (!isForm(request)) return pass(request, reply)
      refuseHints(needs, new URLSearchParams(textOf(request)))
      return reply.redirect(`${ROUTES.authorization}?${formQuery(request)}`, 303)
    })
    // What clients ask most is answered at once where the engine would have nothing to add.
    for (const [path, answer] of [
      [ROUTES.introspection, introspect],
      [ROUTES.token, issueClientToken],
    ] as const) {
      http.post(path, async (request, reply) => {
        const { authorization, dpop, origin } = request.headers
        const form = new URLSearchParams(isForm(request) ? textOf(request) : '')
        const isPlain = dpop === undefined && origin === undefined
        const told = isPlain ? await answer(needs, authorization, form) : undefined
        if (!told) return pass(request, reply)
        return reply.headers({ ...securityHeaders(needs), ...TO_NO_PAGE }).send(told)
      })
    }
    // What is none of them, in whatever way it is like one: the engine takes any case of letters and a slash at the end.
    http.all('/oauth/*', pass)
  }

async function handOver(
  { db, config }: Pick<Needs, 'db' | 'config'>,
  engine: Engine,
  findSite: FindSite,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const path = pathOf(request)
  const end = request.url.indexOf('?')
  const query = end === -1 ? '' : request.url.slice(end + 1)
  refuseHints({ config }, new URLSearchParams(query))
  const takesQuery = path === ROUTES.authorization
  const parameters = new URLSearchParams(takesQuery ? query : isForm(request) ? textOf(request) : '')
  const asserted = assertedClient(parameters)
  if (asserted) await engine.client_keys.prepare(await findClient({ db }, asserted.client_id), asserted.kid)
  const body = isForm(request) ? await clientForm({ db }, request, path, parameters) : textOf(request)
  const asked = takesQuery ? String(await withScope({ db }, parameters, parameters.get('client_id'))) : query
  const url = end === -1 && asked === '' ? path : `${path}?${asked}`
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  const address = publicAddress({ config }, findSite, path, request.headers.host)
  await engine.provider().callback()(requestFor(request.raw, url, body, address), reply.raw)
  return reply
}

/** Of what an address has, or would have next: hints that are tokens, or by which people are known, such as their e-mail. */
function refuseHints({ config }: Pick<Needs, 'config'>, query: URLSearchParams): void {
  if (config.values.SECRETS_IN_URLS) return
  if (query.has('id_token_hint')) throw errors.token()
  if (query.has('login_hint') || query.has('logout_hint')) throw errors.hint()
}

/** The route that a request is for, in the one spelling that all know it by. */
function pathOf({ routeOptions: { url = '' }, params }: FastifyRequest): string {
  if (!ENGINE_ROUTES.includes(url)) return NOWHERE
  if (!url.endsWith('/:uid')) return url
  const uid = isObject(params) ? String(params['uid']) : ''
  return /^[\w-]+$/.test(uid) ? url.replace(':uid', uid) : NOWHERE
}

/** What the engine reads: this request with another path and body, as made to that address. */
function requestFor(raw: IncomingMessage, url: string, body: string, { protocol, host }: URL): IncomingMessage {
  const request = new IncomingMessage(raw.socket)
  const { 'transfer-encoding': _, 'x-forwarded-host': __, ...headers } = raw.headers
  const length = body === '' && headers['content-length'] === undefined ? {} : { 'content-length': byteLength(body) }
  request.headers = { ...headers, ...length, host, 'x-forwarded-proto': protocol.slice(0, -1) }
  request.method = raw.method ?? 'GET'
  request.url = url
  request.httpVersion = raw.httpVersion
  request.complete = true
  request.push(body)
  request.push(null)
  return request
}

const byteLength = (text: string): string => String(Buffer.byteLength(text))

/** The form of a client, with what it may leave out, and with tokens in the form the engine takes them in. */
async function clientForm(needs: Pick<Needs, 'db'>, request: FastifyRequest, path: string, form: URLSearchParams) {
  const asksForScopes = path === ROUTES.pushed_authorization_request || path === ROUTES.device_authorization
  if (asksForScopes) return String(await withScope(needs, form, namedClient(request, form)))
  if (path !== ROUTES.revocation && path !== ROUTES.introspection) return String(form)
  // The engine turns tokens away that look like JWTs where it expects its own; ours are both (RFC 7009, RFC 7662).
  const hidden = [...form].map(([name, value]) => [name, name === 'token' ? value.replaceAll('.', HIDDEN_DOT) : value])
  return String(new URLSearchParams(hidden))
}

/** An application that names no scope gets those of Barong 1.8, which knew no others. */
async function withScope({ db }: Pick<Needs, 'db'>, parameters: URLSearchParams, client_id: string | null) {
  if (parameters.has('scope') || parameters.has('request_uri')) return parameters
  const application = await findClient({ db }, client_id ?? '')
  if (application) parameters.set('scope', defaultScopes(application))
  return parameters
}

/** The client that a request says it comes from; whether it does is for the engine to find out. */
const namedClient = (request: FastifyRequest, form: URLSearchParams): string | null =>
  form.get('client_id') ?? assertedClient(form)?.client_id ?? basicUserOf(request)

/** The client that says who it is in the Authorization header; whether it is that one is for the engine to find out. */
function basicUserOf({ headers }: FastifyRequest): string | null {
  const [, credentials] = /^basic (\S+)$/i.exec(headers.authorization ?? '') ?? []
  return credentials === undefined ? null : (Buffer.from(credentials, 'base64').toString().split(':')[0] ?? null)
}

const isForm = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true

/** A form as the query of an address: in characters that one may have, and no longer than one may be. */
function formQuery(request: FastifyRequest): string {
  const query = String(new URLSearchParams(textOf(request)))
  if (query.length > LONGEST_QUERY) throw errors.long()
  return query
}

const textOf = ({ body }: FastifyRequest): string => (Buffer.isBuffer(body) ? body.toString() : '')

/** Answers what goes wrong where the engine is not asked, as it would say it (RFC 6749, section 5.2). */
export function answerInOauth(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const own = answerOf(error)
  if (own) {
    if (own.cause) noteCause(request, own)
    const name = own.status === 503 || own.status === 429 ? 'temporarily_unavailable' : 'invalid_request'
    const answer = { error: name, error_description: own.message }
    return reply
      .code(own.status)
      .headers({ ...own.headers, ...NOT_KEPT })
      .send(answer)
  }
  const { statusCode = 500 } = error
  if (statusCode >= 500) request.log.error({ err: error }, 'An OAuth request failed')
  const answer =
    statusCode >= 500
      ? { error: 'server_error', error_description: 'Something went wrong.' }
      : { error: 'invalid_request', error_description: 'The request cannot be understood.' }
  return reply.code(statusCode).headers(NOT_KEPT).send(answer)
}
