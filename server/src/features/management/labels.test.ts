import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { james, jeff, manage, signersAllowed } from '../../../test/support/signers.ts'
import { iso, SECOND } from '../../lib/clock.ts'

const NOT_FOUND = [404, { error: 'Record is not found' }]

onEachDatabase('Labels through the management API', (newDatabase) => {
  const open = async () => testServer(await newDatabase(), signersAllowed())
  const labelsOf = async ({ deps }: TestServer, account_id: number) =>
    (await deps.db.selectFrom('labels').selectAll().where('account_id', '=', account_id).orderBy('id').execute()).map(
      ({ key, value, scope }) => `${scope} ${key}:${value}`,
    )
  const levelOf = async (server: TestServer, uid: string) => (await manage(server, '/accounts/get', { uid })).body.level

  test('are added as private ones, and raise the level', async () => {
    await using server = await open()
    const { id, uid } = await anAccount(server)
    const data = { account_uid: uid, key: ' Phone ', value: 'VERIFIED', scope: 'public' }
    const { status, body } = await manage(server, '/labels', data)
    assert.equal(status, 201)
    assert.deepEqual(Object.keys(body), ['key', 'value', 'scope', 'created_at', 'updated_at'])
    assert.deepEqual([body.key, body.value, body.scope], ['phone', 'verified', 'private'])
    assert.match(body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.deepEqual(await labelsOf(server, id), ['private email:verified', 'private phone:verified'])
    assert.equal(await levelOf(server, uid), 2)
  })

  test('are added beside a public one of the same key, but not twice', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const token = await aToken(server, account)
    await server.call('POST', '/labels', { token, json: { key: 'phone', value: 'mine' } })
    const data = { account_uid: account.uid, key: 'phone', value: 'verified' }
    const answers = await Promise.all([1, 2, 3].map(() => manage(server, '/labels', data)))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 422, 422])
    const refused = answers.find((answer) => answer.status === 422)
    assert.deepEqual(refused?.body, { key: ['Key has already been taken'] })
    assert.deepEqual((await manage(server, '/labels', { ...data, value: '!!!' })).body, {
      key: ['Key has already been taken'],
      value: ['Value is invalid'],
    })
  })

  test('are changed, which mails and tells when a review is decided, once', async () => {
    await using server = await open()
    const { uid, email } = await anAccount(server)
    const set = (key: string, value: string, path = '/labels', method: 'POST' | 'PUT' = 'PUT') =>
      manage(server, path, { account_uid: uid, key, value }, undefined, method)
    await set('phone', 'verified', '/labels', 'POST')
    await set('document', 'pending', '/labels', 'POST')
    server.clock.advance(5 * SECOND)
    const changed = await set('document', 'verified')
    assert.equal(changed.status, 200)
    assert.notEqual(changed.body.updated_at, changed.body.created_at)
    assert.equal(await levelOf(server, uid), 3)
    assert.deepEqual((await set('document', 'verified')).body, changed.body)
    assert.equal((await set('document', 'rejected')).status, 200)
    assert.equal(await levelOf(server, uid), 2)
    await server.deliver()
    assert.deepEqual(
      server.mails.map(({ to, subject }) => [to, subject]),
      [
        [email, 'Your identity was approved'],
        [email, 'Your identity was rejected'],
      ],
    )
    const reviews = server.events.map((event) => event.name).filter((name) => name.startsWith('system.'))
    assert.deepEqual(reviews, ['system.document.verified', 'system.document.rejected'])
  })

  test('are removed, which lowers the level and mails nothing', async () => {
    await using server = await open()
    const { id, uid } = await anAccount(server)
    for (const key of ['phone', 'document'])
      await manage(server, '/labels', { account_uid: uid, key, value: 'verified' })
    assert.equal(await levelOf(server, uid), 3)
    await server.deliver()
    server.mails.length = 0
    for (const [key, level] of [
      ['document', 2],
      ['email', 0],
    ] as const) {
      const answer = await manage(server, '/labels/delete', { account_uid: uid, key })
      assert.deepEqual([answer.status, answer.body], [204, ''])
      assert.equal(await levelOf(server, uid), level)
    }
    assert.deepEqual(await labelsOf(server, id), ['private phone:verified'])
    await server.deliver()
    assert.deepEqual(server.mails, [])
  })

  test('are listed, those of both scopes', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const token = await aToken(server, account)
    await server.call('POST', '/labels', { token, json: { key: 'hobby', value: 'chess' } })
    const answer = await manage(server, '/labels/list', { account_uid: account.uid })
    assert.equal(answer.status, 201)
    const [first, second, ...others] = answer.body
    assert.deepEqual(others, [])
    assert.deepEqual([first.key, first.scope], ['email', 'private'])
    assert.deepEqual(Object.keys(second), ['key', 'value', 'scope', 'created_at', 'updated_at'])
    assert.deepEqual([second.key, second.scope], ['hobby', 'public'])
  })

  const ENDPOINTS = [
    ['/labels', 'POST'],
    ['/labels', 'PUT'],
    ['/labels/delete', 'POST'],
    ['/labels/list', 'POST'],
  ] as const

  test('are those of accounts that are there, and private ones alone', async () => {
    await using server = await open()
    const now = iso(server.clock.now())
    const gone = await anAccount(server, { discarded_at: now })
    for (const [path, method] of ENDPOINTS) {
      for (const account_uid of ['invalid', gone.uid]) {
        const data = { account_uid, key: 'email', value: 'verified' }
        const answer = await manage(server, path, data, undefined, method)
        assert.deepEqual([answer.status, answer.body], NOT_FOUND)
      }
    }
    const account = await anAccount(server)
    const token = await aToken(server, account)
    await server.call('POST', '/labels', { token, json: { key: 'hobby', value: 'chess' } })
    const data = { account_uid: account.uid, key: 'hobby', value: 'golf' }
    for (const [path, method] of ENDPOINTS.slice(1, 3)) {
      const answer = await manage(server, path, data, undefined, method)
      assert.deepEqual([answer.status, answer.body], NOT_FOUND)
    }
    assert.deepEqual(await labelsOf(server, account.id), ['private email:verified', 'public hobby:chess'])
  })

  test('are refused with every reason, and change nothing then', async () => {
    await using server = await open()
    const { id, uid } = await anAccount(server)
    const missing =
      'Account UID is missing, Account UID is empty, Key is missing, Key is empty, Value is missing, Value is empty'
    for (const method of ['POST', 'PUT'] as const) {
      const answer = await manage(server, '/labels', {}, undefined, method)
      assert.deepEqual([answer.status, answer.body], [422, { error: missing }])
    }
    const partly = await manage(server, '/labels/delete')
    const error = 'Account UID is missing, Account UID is empty, Key is missing, Key is empty'
    assert.deepEqual([partly.status, partly.body], [422, { error }])
    const invalid = await manage(server, '/labels', { account_uid: uid, key: 'a b', value: '!' })
    const value = ['Value is too short (minimum is 3 characters)', 'Value is invalid']
    assert.deepEqual([invalid.status, invalid.body], [422, { key: ['Key is invalid'], value }])
    const changed = await manage(server, '/labels', { account_uid: uid, key: 'email', value: '!' }, undefined, 'PUT')
    assert.deepEqual([changed.status, changed.body], [422, { value }])
    assert.deepEqual(await labelsOf(server, id), ['private email:verified'])
  })

  test('are out of reach of signers who are not enough', async () => {
    await using server = await open()
    const { id, uid } = await anAccount(server)
    for (const [path, method] of ENDPOINTS) {
      const data = { account_uid: uid, key: 'email', value: 'rejected' }
      assert.equal((await manage(server, path, data, [james, jeff], method)).status, 401)
    }
    assert.deepEqual(await labelsOf(server, id), ['private email:verified'])
  })
})
