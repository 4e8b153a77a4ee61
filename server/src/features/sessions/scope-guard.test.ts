import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aPng, multipart } from '../../../test/support/multipart.ts'
import { operationsOf } from '../../../test/support/operations.ts'
import { testServer } from '../../../test/support/server.ts'

const SCOPES = ['openid', 'profile', 'profile.write', 'kyc', 'kyc.write', 'api_keys', 'peatio', 'barong']

/** By the beginning of the path, of which the longest counts: the scopes that open it to read, and to change. */
const RULES: Readonly<Record<string, readonly [read: readonly string[], write: readonly string[]]>> = {
  '/accounts': [[], []],
  '/accounts/me': [['profile', 'peatio', 'barong'], []],
  '/security': [[], []],
  '/security/holds': [['profile'], []],
  '/sessions': [[], []],
  '/authorized_applications': [[], []],
  '/activities': [[], []],
  '/profiles': [['profile'], ['profile.write']],
  '/labels': [['profile'], ['profile.write']],
  '/phones': [['kyc'], ['kyc.write']],
  '/documents': [['kyc'], ['kyc.write']],
  '/reviews': [['kyc'], ['kyc.write']],
  '/api_keys': [['api_keys'], ['api_keys']],
}

function scopesFor(method: string, path: string): readonly string[] {
  const beginnings = Object.keys(RULES).filter((beginning) => path === beginning || path.startsWith(`${beginning}/`))
  const [read, write] = RULES[beginnings.sort((one, other) => other.length - one.length)[0] ?? ''] ?? []
  return (method === 'GET' ? read : write) ?? assert.fail(`No rule says who may ${method} ${path}`)
}

/** Something for every parameter that is asked for; what is let in is refused for it. */
const INPUT = {
  ...{ first_name: 'A', last_name: 'B', dob: '2000-01-01', address: 'x', postcode: 'X', city: 'X', country: 'FR' },
  ...{ key: 'a b', value: 'a b', phone_number: '1', verification_code: '1', email: 'x', name: 'x' },
  ...{ code: '1', password: 'x', old_password: 'x', new_password: 'y', credential: { id: 'x' } },
}
const UPLOAD = multipart([
  ['doc_expire', '2099-12-31'],
  ['doc_type', 'Library card'],
  ['doc_number', 'A1'],
  ['upload', { filename: 'a.png', content: aPng() }],
])

onEachDatabase('Scopes', (newDatabase) => {
  // ASVS 8.2.1
  test('keep other applications to what they were allowed, at every operation', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const operations = operationsOf('user-api').filter(({ isOpen }) => !isOpen)
    assert.ok(operations.length > 40)
    for (const { method, path: documented } of operations) {
      const path = documented.replace('/api/v1', '').replace(/\{\w+\}/g, '1')
      const allowed = scopesFor(method, path)
      const sent = path === '/documents' ? UPLOAD : { json: INPUT }
      for (const scope of SCOPES) {
        await server.deps.db.updateTable('sessions').set({ scopes: scope }).execute()
        const { status, headers, body } = await server.call(method, path, {
          token,
          ...(method === 'GET' || method === 'DELETE' ? {} : sent),
        })
        const isAllowed = allowed.includes(scope)
        assert.equal(status === 403, !isAllowed, `${scope} at ${method} ${path}: ${status} ${JSON.stringify(body)}`)
        if (isAllowed) continue
        assert.deepEqual(body, { error: 'The access token does not have the scope for this' })
        assert.match(String(headers['www-authenticate']), /^Bearer .*error="insufficient_scope"/)
      }
    }
  })
})
