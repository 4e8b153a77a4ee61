import type { HTTPMethods } from 'fastify'
import { seconds } from '../../src/lib/clock.ts'
import { anAuthenticator } from './authenticator.ts'
import { anRsaKey, type ClientKey } from './client-keys.ts'
import { anAccount } from './factories.ts'
import type { TestServer } from './server.ts'
import { type Request, signedHeaders } from './signed-requests.ts'

const rsa = anRsaKey()

/** A request that changes something, and one that does not. */
export const ORDER: Request = { method: 'POST', target: '/orders?market=btcusd', body: '{"side":"buy"}' }
export const BALANCES: Request = { method: 'GET', target: '/balances' }

/** Asks as a gateway does about a request with these headers. */
export const ask = (
  { app }: Pick<TestServer, 'app'>,
  { method, target }: Request,
  headers: Record<string, string>,
  scope?: string,
) =>
  app.inject({
    url: `/api/v1/authorize${scope === undefined ? '' : `?scope=${scope}`}`,
    headers: { 'x-forwarded-method': method, 'x-forwarded-uri': target, ...headers },
  })

/** Somebody with an API key, and ways to use and change it. */
export async function aTrader(server: TestServer, rules: Record<string, unknown> = {}, key: ClientKey = rsa) {
  const account = await anAccount(server)
  const { token, app } = await anAuthenticator(server, account)
  const call = (method: HTTPMethods, path: string, json: Record<string, unknown> = {}) =>
    server.call(method, `/api_keys${path}`, { token, json: { ...json, totp_code: app.next() } })
  const created = await call('POST', '', { public_key: key.public_key, scopes: 'trade', ...rules })
  const uid: string = created.body.uid
  const now = () => seconds(server.clock.now())
  const sign = (request: Request, how: Partial<Parameters<typeof signedHeaders>[3]> = {}) =>
    signedHeaders(key, uid, request, { created: now(), ...how })
  return {
    account,
    key,
    uid,
    created,
    now,
    sign,
    send: (request: Request, headers: Record<string, string> = {}, scope?: string) =>
      ask(server, request, { ...sign(request), ...headers }, scope),
    change: (json: Record<string, unknown>) => call('PATCH', `/${uid}`, json),
    remove: () => call('DELETE', `/${uid}`),
    show: async () => (await server.call('GET', `/api_keys/${uid}?totp_code=${app.next()}`, { token })).body,
  }
}

/** The claims of the token that a gateway was given. */
export const claimsOf = (authorization: unknown) =>
  JSON.parse(Buffer.from(String(authorization).split('.')[1] ?? '', 'base64url').toString())
