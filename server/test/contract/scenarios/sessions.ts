import { seconds } from '../../../src/lib/clock.ts'
import { anAuthenticator } from '../../support/authenticator.ts'
import { aJws, anRsaKey } from '../../support/client-keys.ts'
import { anAccount, anApplication, PASSWORD } from '../../support/factories.ts'
import type { TestServer } from '../../support/server.ts'
import { type Scenarios, stranger } from './scenario.ts'

async function signIn(server: TestServer, parameters: Record<string, unknown> = {}) {
  const { email } = await anAccount(server)
  const { uid: application_id } = await anApplication(server)
  return server.call('POST', '/sessions', { json: { email, password: PASSWORD, application_id, ...parameters } })
}

async function exchange(server: TestServer, jwt_token?: string, rules: Record<string, string> = {}) {
  const key = anRsaKey()
  const { token, app } = await anAuthenticator(server, await anAccount(server))
  const json = { public_key: key.public_key, totp_code: app.next(), ...rules }
  const { body } = await server.call('POST', '/api_keys', { token, json })
  const iat = seconds(server.clock.now())
  const claims = { sub: 'api_key_jwt', iss: 'external', iat, exp: iat + 60, jti: 'one' }
  return server.call('POST', '/sessions/generate_jwt', {
    json: { kid: body.uid, jwt_token: jwt_token ?? aJws(key, { alg: 'RS256' }, claims) },
  })
}

export const sessions: Scenarios = {
  postV1Sessions: {
    201: (server) => signIn(server),
    400: stranger('POST', '/sessions', {}),
    401: (server) => signIn(server, { password: 'x' }),
    403: async (server) => {
      const account = await anAccount(server)
      await anAuthenticator(server, account)
      return signIn(server, { email: account.email })
    },
    422: (server) => signIn(server, { expires_in: 1 }),
  },
  postV1SessionsGenerateJwt: {
    200: (server) => exchange(server),
    400: stranger('POST', '/sessions/generate_jwt', {}),
    401: (server) => exchange(server, 'a.b.c'),
    403: (server) => exchange(server, undefined, { allowed_networks: '203.0.113.0/24' }),
    404: stranger('POST', '/sessions/generate_jwt', { kid: 'x', jwt_token: 'a.b.c' }),
  },
}
