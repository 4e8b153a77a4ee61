import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { aHold } from '../support/holds.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, browserOf, refresh, tokensOf } from '../support/oauth.ts'

const SKIPPED = { consent_skipped_at: '2026-01-01T00:00:00.000Z' }

onEachDatabase('Scopes of tokens that applications were given', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 10.3.2
  test('open what they say at the user API, and nothing else', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const operations: Record<string, readonly string[]> = {
      'GET /accounts/me': ['profile', 'peatio', 'barong'],
      'GET /profiles/me': ['profile'],
      'POST /profiles': ['profile.write'],
      'GET /labels': ['profile'],
      'POST /labels': ['profile.write'],
      'GET /documents': ['kyc'],
      'POST /phones': ['kyc.write'],
      'GET /api_keys': ['api_keys'],
      'POST /security/renew': [],
      'GET /sessions': [],
      'GET /authorized_applications': [],
      'GET /activities': [],
    }
    const scopes = ['openid', 'email', 'profile', 'profile.write', 'kyc', 'kyc.write', 'api_keys', 'peatio', 'barong']
    const browser = browserOf(server())
    for (const scope of scopes) {
      const { access_token: token } = await tokensOf(server(), client, account, {
        browser,
        params: { scope: `openid ${scope}` },
      })
      assert.deepEqual(decodeJwt<{ client_id: string }>(token).client_id, client.client_id)
      for (const [operation, allowed] of Object.entries(operations)) {
        const [method = '', path = ''] = operation.split(' ')
        const json = method === 'POST' ? INPUTS[path] : undefined
        const { status } = await server().call(method === 'POST' ? 'POST' : 'GET', path, { token, json })
        // API keys need the second factor, which this person has not.
        const refused = status === 403 || (path === '/api_keys' && status === 401)
        const isAllowed = allowed.includes(scope)
        if (path === '/api_keys' && isAllowed) assert.notEqual(status, 403, operation)
        else assert.equal(refused, !isAllowed, `${scope} at ${operation}: ${status}`)
      }
    }
  })

  test('are no bar to the product’s own applications', async () => {
    const account = await anAccount(server())
    const { access_token: token } = await tokensOf(server(), await aClient(server(), SKIPPED), account, {
      params: { scope: 'openid' },
    })
    for (const path of ['/accounts/me', '/labels', '/documents', '/sessions', '/authorized_applications'])
      assert.equal((await server().call('GET', path, { token })).status, 200, path)
  })
})

onEachDatabase('Tokens that applications were given', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  test('tell what is on hold, and anew each time they are refreshed', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const params = { scope: 'openid offline_access profile', prompt: 'consent' }
    const { access_token, refresh_token } = await tokensOf(server(), client, account, { params })
    assert.equal(decodeJwt(access_token)['holds'], undefined)
    const holds = await aHold(server(), account)
    const { body } = await refresh(server(), client, refresh_token)
    assert.deepEqual(decodeJwt(body.access_token)['holds'], holds)
    const { access_token: first } = await tokensOf(server(), client, account, { params })
    assert.deepEqual(decodeJwt(first)['holds'], holds)
  })
})

const INPUTS: Readonly<Record<string, object>> = {
  '/labels': { key: 'a b', value: 'a b' },
  '/phones': { phone_number: '1' },
  '/profiles': {
    first_name: 'A',
    last_name: 'B',
    dob: '2000-01-01',
    address: 'x',
    postcode: 'X',
    city: 'X',
    country: 'FR',
  },
  '/security/renew': {},
}
