import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'

const cases = [
  ['GET', '/accounts/me', ['profile', 'peatio', 'barong']],
  ['GET', '/profiles/me', ['profile']],
  ['POST', '/profiles', ['profile.write']],
  ['GET', '/labels', ['profile']],
  ['POST', '/labels', ['profile.write']],
  ['GET', '/documents', ['kyc']],
  ['POST', '/phones', ['kyc.write']],
  ['GET', '/api_keys', ['api_keys']],
  ['PUT', '/accounts/password', []],
  ['POST', '/security/renew', []],
  ['POST', '/security/generate_qrcode', []],
  ['GET', '/sessions', []],
  ['DELETE', '/sessions', []],
] as const

const SCOPES = ['openid', 'profile', 'profile.write', 'kyc', 'kyc.write', 'api_keys', 'peatio', 'barong']

const inputs: Record<string, object> = {
  '/profiles': {
    first_name: 'A',
    last_name: 'B',
    dob: '2000-01-01',
    address: 'x',
    postcode: 'X',
    city: 'X',
    country: 'FR',
  },
  '/labels': { key: 'a b', value: 'a b' },
  '/phones': { phone_number: '1' },
  '/accounts/password': { old_password: 'x', new_password: 'y' },
}

onEachDatabase('Scopes', (newDatabase) => {
  // ASVS 8.2.1
  test('keep other applications to what they were allowed, at every operation', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    for (const [method, path, allowed] of cases) {
      for (const scope of SCOPES) {
        await server.deps.db.updateTable('sessions').set({ scopes: scope }).execute()
        const json = method === 'GET' || method === 'DELETE' ? undefined : inputs[path]
        const { status, headers, body } = await server.call(method, path, { token, json })
        const isAllowed = allowed.some((each) => each === scope)
        assert.equal(status === 403, !isAllowed, `${scope} at ${method} ${path}: ${status}`)
        if (isAllowed) continue
        assert.deepEqual(body, { error: 'The access token does not have the scope for this' })
        assert.match(String(headers['www-authenticate']), /^Bearer .*error="insufficient_scope"/)
      }
    }
  })
})
