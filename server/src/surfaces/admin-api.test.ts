import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HTTPMethods } from 'fastify'
import { onEachDatabase } from '../../test/support/databases.ts'
import { anAccount, aToken } from '../../test/support/factories.ts'
import { type TestServer, testServer } from '../../test/support/server.ts'
import { type Action, actions, actionsOf, may, ROLES } from '../features/permissions/permissions.ts'
import { iso, MINUTE } from '../lib/clock.ts'

const DENIED = { error: 'Your role does not allow this' }
/** Open to everybody who is signed in: it tells what one may do, which is nothing for most. */
const FOR_ALL = ['GET /api/v1/admin/permissions']

interface Operation {
  name: string
  method: HTTPMethods
  path: string
  action: Action | undefined
}

async function operationsOf(server: TestServer): Promise<Operation[]> {
  const { body } = await server.call('GET', '/admin/swagger_doc')
  const paths: [string, Record<string, { 'x-permission'?: Action }>][] = Object.entries(body.paths)
  const verbs: Record<string, HTTPMethods> = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' }
  return paths.flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, operation]) => {
      const method = verbs[verb] ?? 'GET'
      const action = operation['x-permission']
      return { name: `${method} ${path}`, method, path: path.replace(/\{\w+\}/g, '1').replace('/api/v1', ''), action }
    }),
  )
}

/** A search is sent in a body, and changes nothing. */
const isReading = ({ method, path }: Operation): boolean => method === 'GET' || path.endsWith('/search')

const ask = (server: TestServer, { method, path }: Operation, token?: string) =>
  server.call(method, path, { token, ...(method === 'GET' || method === 'DELETE' ? {} : { json: {} }) })

onEachDatabase('The admin API', (newDatabase) => {
  // ASVS 8.2.1, 8.3.1
  test('lets each role do at every operation what the table says, and nothing else', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const operations = await operationsOf(server)
    assert.ok(operations.length > 5)
    for (const role of [...ROLES, 'unknown', 'Admin', '']) {
      await server.deps.db.updateTable('accounts').set({ role }).where('id', '=', account.id).execute()
      for (const operation of operations) {
        const { status, body } = await ask(server, operation, token)
        const { name, action } = operation
        if (action === undefined) assert.ok(FOR_ALL.includes(name), `${name} asks for no permission`)
        const allowed = action === undefined || may(role, action)
        assert.equal(status === 403 && body.error === DENIED.error, !allowed, `${role} ${name}: ${status}`)
      }
    }
  })

  test('refuses strangers and tokens of applications at every operation', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    await server.deps.db.updateTable('sessions').set({ scopes: 'openid profile barong' }).execute()
    for (const operation of await operationsOf(server)) {
      assert.equal((await ask(server, operation)).status, 401, operation.name)
      assert.equal((await ask(server, operation, token)).status, 403, operation.name)
    }
  })

  test('says in words what is wrong with a request, and all of it at once', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, account)
    const refused = async (method: HTTPMethods, path: string, json?: unknown) => {
      const { status, body } = await server.call(method, path, { token, ...(json === undefined ? {} : { json }) })
      assert.equal(status, 422, path)
      return body.error
    }
    assert.equal(
      await refused('GET', '/admin/accounts?levl=2&stat=x'),
      'levl is not a parameter, stat is not a parameter',
    )
    assert.equal(await refused('GET', '/admin/permissions?x=1'), 'x is not a parameter')
    assert.equal(
      await refused('POST', '/admin/webhooks', { url: 'https://a.example/', event: 'model.*' }),
      'event is not a parameter',
    )
    assert.equal(
      await refused('GET', '/admin/accounts?state=foo&label_scope=x'),
      'state must be one of pending, active, banned, locked, frozen, discarded, label_scope must be one of private, public',
    )
    const state = `/admin/accounts/${account.uid}/state`
    assert.match(await refused('POST', state, {}), /^state is missing.*reason is missing$/)
    const form = await server.call('POST', state, { token, form: { state: 'banned' } })
    assert.deepEqual([form.status, form.body.error], [406, 'This content type is not taken; send application/json'])
  })

  // ASVS 6.3.3, 10.3.4
  test('lets staff change nothing without a second factor where that is asked for', async () => {
    await using server = await testServer(await newDatabase(), { STAFF_SECOND_FACTOR: 'required' })
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    for (const operation of await operationsOf(server)) {
      const { status, body } = await ask(server, operation, token)
      const refused = status === 403 && body.error === 'Your account needs a second factor for this'
      assert.equal(refused, !isReading(operation), `${operation.name}: ${status}`)
    }
  })

  // ASVS 7.5.3
  test('asks for a fresh proof before what sends events elsewhere and what gives applications secrets, and not before reading', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    server.clock.advance(11 * MINUTE)
    const guarded = (await operationsOf(server)).filter(({ path }) =>
      /^\/admin\/(webhooks|events|deliveries|applications)/.test(path),
    )
    assert.ok(guarded.length > 15)
    for (const operation of guarded) {
      const { status, body } = await ask(server, operation, token)
      const asked = status === 403 && body.error === 'Please confirm your password'
      assert.equal(asked, !isReading(operation), `${operation.name}: ${status}`)
    }
  })

  test('counts a passkey of theirs as one', async () => {
    await using server = await testServer(await newDatabase(), { STAFF_SECOND_FACTOR: 'required' })
    const account = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, account)
    const ask = async () => (await server.call('POST', '/admin/websites/preview', { token, json: {} })).status
    assert.equal(await ask(), 403)
    const passkey = { uid: 'one', credential_id: 'AA', public_key: 'AA', counter: 0, name: 'Key', transports: '[]' }
    const created_at = iso(server.clock.now())
    await server.deps.db
      .insertInto('passkeys')
      .values({ ...passkey, account_id: account.id, device: 'singleDevice', created_at, last_used_at: null })
      .execute()
    assert.equal(await ask(), 200)
  })

  test('tells who asks what their role allows', async () => {
    await using server = await testServer(await newDatabase())
    for (const role of ROLES) {
      const token = await aToken(server, await anAccount(server, { role }))
      const { status, body } = await server.call('GET', '/admin/permissions', { token })
      assert.deepEqual([status, body.role], [200, role])
      assert.deepEqual(
        body.actions,
        actionsOf(role).map((name) => ({ name, description: actions[name] })),
      )
    }
  })
})
