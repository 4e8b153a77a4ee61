import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest, FastifySchema } from 'fastify'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { isObject } from '../../lib/json.ts'
import { callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { signedRequests } from '../api-keys/api-keys.ts'
import { type NameRequest, namesAt } from '../key-proofs/key-proofs.ts'
import { authorize } from './gateway.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const description =
  'A signed request (RFC 9421), a token, with its proof where it is bound to a key (RFC 9449), or the cookie of a signed-in browser in; 200 with `Authorization`, `X-Auth-Uid`, `X-Auth-Email`, `X-Auth-Role`, `X-Auth-Level` and `X-Auth-Api-Key` out; a refusal has its JSON in `X-Auth-Error`, too. The request in question is told by `X-Forwarded-Method` and `X-Forwarded-Uri`, or, below this path, is this request without the path.'

/** Where gateways ask who makes a request, before they pass it on. `guardOf` lets in by tokens, and by proofs for requests so named. */
export const gatewayRoutes =
  (deps: Deps, guardOf: (name: NameRequest) => Guard): FastifyPluginAsyncTypebox =>
  async (http) => {
    const signed = signedRequests(deps)
    const path = `${http.prefix}/authorize/`
    const { GATEWAY_ORIGINS } = deps.config.values
    const origins = GATEWAY_ORIGINS.length > 0 ? GATEWAY_ORIGINS : [new URL(deps.config.url).origin]
    const account = guardOf((request) => namesAt(origins, { ...lineOf(request, path), headers: request.headers }))
    const schema: FastifySchema = {
      summary: 'Tell a gateway who makes a request',
      description,
      tags: ['sessions'],
      response: {
        200: Type.Object({ uid: Type.String() }),
        401: ErrorReply,
        403: ErrorReply,
        429: ErrorReply,
        503: ErrorReply,
      },
    }
    http.addHook('onSend', async (_request, reply, payload) => {
      if (reply.statusCode >= 400 && typeof payload === 'string') reply.header('x-auth-error', asciiOf(payload))
    })
    for (const { url, method, ...rest } of [
      { url: '/authorize', method: ['GET' as const], schema },
      // A request to the root, whose slash is no part of a path to the router.
      { url: '/authorize', method: METHODS.filter((method) => method !== 'GET'), schema: { ...schema, hide: true } },
      { url: '/authorize/*', method: [...METHODS], schema: { ...schema, hide: true } },
    ]) {
      http.route({
        url,
        method,
        ...rest,
        handler: async (request, reply) => {
          const bearer = async () => {
            await account.check(request)
            return callerOf(request)
          }
          const pass = await authorize(deps, { signed, bearer }, sentOf(request, path), wantedOf(request, path))
          const { uid, email, role, level } = pass.account
          reply.headers({
            'cache-control': 'no-store',
            authorization: pass.authorization,
            'x-auth-uid': uid,
            'x-auth-email': inHeader(email),
            'x-auth-role': role,
            'x-auth-level': String(level),
            // Said also where there is none, so that a gateway has something to overwrite a client's own with.
            'x-auth-api-key': pass.api_key ?? '',
          })
          return { uid }
        },
      })
    }
  }

/** An address as a header can hold it: what is not ASCII, and `%` itself, as percent-encoded UTF-8, so that no two look alike. */
const inHeader = (email: string): string => email.replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent)

/** JSON as a header can hold it: an answer's body again, for gateways that read no bodies (nginx's `auth_request`). */
const asciiOf = (json: string): string =>
  json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const sentOf = (request: FastifyRequest, below: string) => ({
  ...lineOf(request, below),
  headers: request.headers,
})

/** The request in question: this one below the path, or the one that the gateway names. */
function lineOf({ headers, method, originalUrl }: Parameters<NameRequest>[0], below: string) {
  if (originalUrl.startsWith(below)) return { method, target: originalUrl.slice(below.length - 1) }
  const text = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined)
  return {
    method: text(headers['x-forwarded-method'])?.toUpperCase() ?? method,
    target: text(headers['x-forwarded-uri']) ?? '/',
  }
}

/** The scopes that the gateway says are needed. Below the path the query is not its own, so there a header alone tells. */
function wantedOf({ headers, originalUrl, query }: FastifyRequest, below: string): string[] {
  const asked = originalUrl.startsWith(below) || !isObject(query) ? undefined : query['scope']
  return [headers['x-required-scope'], asked].flat().flatMap((text) =>
    String(text ?? '')
      .split(/[\s,]+/)
      .filter(Boolean),
  )
}
