import type { HTTPMethods } from 'fastify'
import { anAuthenticator } from '../../support/authenticator.ts'
import { anRsaKey } from '../../support/client-keys.ts'
import { anAccount } from '../../support/factories.ts'
import type { TestServer } from '../../support/server.ts'
import { member, type Scenario, type Scenarios, stranger } from './scenario.ts'

const { public_key } = anRsaKey()

/** Somebody with a key, who sends a fresh code, or the one that is given, with each request. */
async function aKeyHolder(server: TestServer) {
  const account = await anAccount(server)
  const { token, app } = await anAuthenticator(server, account)
  const call = (method: HTTPMethods, path: string, parameters: Record<string, string | number> = {}) => {
    const json = { totp_code: app.next(), ...parameters }
    if (method !== 'GET') return server.call(method, path, { token, json })
    return server.call(method, `${path}?totp_code=${json.totp_code}`, { token })
  }
  const { body } = await call('POST', '/api_keys', { public_key })
  return { account, call, uid: String(body.uid), wrong: { totp_code: app.wrong() } }
}

const holder =
  (ask: (holder: Awaited<ReturnType<typeof aKeyHolder>>) => ReturnType<Scenario>): Scenario =>
  async (server) =>
    ask(await aKeyHolder(server))

export const apiKeys: Scenarios = {
  getV1ApiKeys: {
    200: holder(({ call }) => call('GET', '/api_keys')),
    400: member('GET', '/api_keys'),
    401: stranger('GET', '/api_keys'),
    422: holder(({ call, wrong }) => call('GET', '/api_keys', wrong)),
  },
  postV1ApiKeys: {
    201: holder(({ call }) => call('POST', '/api_keys', { public_key })),
    400: holder(({ call }) => call('POST', '/api_keys')),
    401: stranger('POST', '/api_keys', { public_key }),
    422: holder(({ call }) => call('POST', '/api_keys', { public_key, expires_in: 1 })),
  },
  getV1ApiKeysUid: {
    200: holder(({ call, uid }) => call('GET', `/api_keys/${uid}`)),
    400: member('GET', '/api_keys/x'),
    401: stranger('GET', '/api_keys/x'),
    404: holder(({ call }) => call('GET', '/api_keys/x')),
    422: holder(({ call, uid, wrong }) => call('GET', `/api_keys/${uid}`, wrong)),
  },
  patchV1ApiKeysUid: {
    200: holder(({ call, uid }) => call('PATCH', `/api_keys/${uid}`, { state: 'inactive' })),
    400: holder(({ call, uid }) => call('PATCH', `/api_keys/${uid}`, { state: '' })),
    401: stranger('PATCH', '/api_keys/x', {}),
    404: holder(({ call }) => call('PATCH', '/api_keys/x')),
    422: holder(({ call, uid }) => call('PATCH', `/api_keys/${uid}`, { state: 'asleep' })),
  },
  deleteV1ApiKeysUid: {
    204: holder(({ call, uid }) => call('DELETE', `/api_keys/${uid}`)),
    400: member('DELETE', '/api_keys/x'),
    401: stranger('DELETE', '/api_keys/x'),
    404: holder(({ call }) => call('DELETE', '/api_keys/x')),
    422: holder(({ call, uid, wrong }) => call('DELETE', `/api_keys/${uid}`, wrong)),
  },
  postV1SecurityVerifyApiKey: {
    200: async (server) => {
      const { uid, account } = await aKeyHolder(server)
      const json = { uid, account_uid: account.uid }
      return server.call('POST', '/security/verify_api_key', { json })
    },
    400: stranger('POST', '/security/verify_api_key', {}),
    404: stranger('POST', '/security/verify_api_key', { uid: 'x' }),
    422: async (server) => {
      const { uid } = await aKeyHolder(server)
      return server.call('POST', '/security/verify_api_key', { json: { uid, account_uid: 'x' } })
    },
  },
}
