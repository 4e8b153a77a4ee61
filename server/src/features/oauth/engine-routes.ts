import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import { parseForm } from '../../platform/http/form-body.ts'
import { HIDDEN_DOT } from './access-tokens.ts'
import { DEFAULT_SCOPES } from './scopes.ts'

/** Requests of clients are small. */
const BODY_LIMIT = 64 * 1024

/** Hands everything below `/oauth` that is not ours to the engine, and the discovery documents with it. */
export const engineRoutes =
  (provider: () => Provider) =>
  async (http: FastifyInstance): Promise<void> => {
    http.removeAllContentTypeParsers()
    http.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
      async (_: FastifyRequest, body: Buffer) => body,
    )
    const pass = (request: FastifyRequest, reply: FastifyReply) => handOver(provider(), request, reply)
    http.get('/.well-known/openid-configuration', pass)
    http.get('/.well-known/oauth-authorization-server', (request, reply) => {
      request.raw.url = '/.well-known/openid-configuration'
      return pass(request, reply)
    })
    http.all('/oauth/*', pass)
  }

async function handOver(provider: Provider, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { raw } = request
  if (Buffer.isBuffer(request.body)) Object.assign(raw, { body: bodyOf(request, request.body) })
  if (raw.url?.startsWith('/oauth/authorize?')) raw.url = withScope(raw.url)
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  await provider.callback()(raw, reply.raw)
  return reply
}

/** The engine turns tokens away that look like JWTs where it expects its own; ours are both (RFC 7009, RFC 7662). */
function bodyOf({ url, headers }: FastifyRequest, body: Buffer): unknown {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  if (!isForm) return body.toString()
  const form = parseForm(body)
  const { token } = form
  const takesToken = /^\/oauth\/(revoke|introspect)(\?|$)/.test(url)
  return takesToken && typeof token === 'string' ? { ...form, token: token.replaceAll('.', HIDDEN_DOT) } : form
}

/** An application that names no scope gets those of Barong 1.8, which knew no others. */
function withScope(url: string): string {
  const [path = '', query = ''] = url.split('?')
  const parameters = new URLSearchParams(query)
  if (parameters.has('scope') || parameters.has('request_uri')) return url
  parameters.set('scope', DEFAULT_SCOPES)
  return `${path}?${parameters}`
}
