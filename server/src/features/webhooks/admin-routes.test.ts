import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aReceiver } from '../../../test/support/receiver.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'

const PATH = '/admin/webhooks'
const SETTINGS = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', WEBHOOK_TIMEOUT: '1' }
const input = { url: 'https://hooks.example/barong', events: ['model.label.*'], description: 'Ledger' }

const anAdmin = async (server: TestServer, role = 'admin') => aToken(server, await anAccount(server, { role }))

const recorded = async ({ deps }: TestServer) => {
  const rows = await deps.db
    .selectFrom('audit_records')
    .select(['action', 'details'])
    .where('action', 'like', 'webhook.%')
    .orderBy('id')
    .execute()
  return rows
}

onEachDatabase('The admin API of webhooks', (newDatabase) => {
  test('adds, shows, lists, changes, switches and removes endpoints, and each is recorded', async () => {
    await using server = await testServer(await newDatabase())
    const token = await anAdmin(server)
    const made = await server.call('POST', PATH, { token, json: input })
    assert.equal(made.status, 201)
    const { secret, ...shown } = made.body
    assert.match(secret, /^whsec_/)
    assert.deepEqual(
      { url: shown.url, events: shown.events, description: shown.description, disabled_at: shown.disabled_at },
      { ...input, disabled_at: null },
    )
    const path = `${PATH}/${shown.uid}`
    assert.deepEqual((await server.call('GET', path, { token })).body, shown)
    assert.deepEqual((await server.call('GET', PATH, { token })).body, [shown])

    const changed = await server.call('PATCH', path, { token, json: { description: 'Books', enabled: false } })
    assert.equal(changed.status, 200)
    assert.equal(changed.body.description, 'Books')
    assert.equal(typeof changed.body.disabled_at, 'string')
    const on = await server.call('PATCH', path, { token, json: { enabled: true } })
    assert.equal(on.body.disabled_at, null)

    const rotated = await server.call('POST', `${path}/secret`, { token })
    assert.equal(rotated.status, 201)
    assert.notEqual(rotated.body.secret, secret)
    const everything = await server.call('GET', PATH, { token })
    for (const each of [secret, rotated.body.secret]) assert.ok(!JSON.stringify(everything.body).includes(each))

    assert.equal((await server.call('DELETE', path, { token })).status, 204)
    for (const method of ['GET', 'DELETE'] as const) {
      const gone = await server.call(method, path, { token })
      assert.deepEqual([gone.status, gone.body], [404, { error: 'Webhook endpoint is not found' }])
    }
    const records = await recorded(server)
    assert.deepEqual(
      records.map(({ action }) => action),
      ['webhook.created', 'webhook.changed', 'webhook.changed', 'webhook.secret_rotated', 'webhook.deleted'],
    )
    for (const { details } of records) {
      assert.equal(JSON.parse(details ?? '{}').webhook, shown.uid)
      assert.ok(!details?.includes('whsec_'))
    }
  })

  test('posts a signed test and tells how it was answered', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const token = await anAdmin(server)
    const { body: endpoint } = await server.call('POST', PATH, { token, json: { url: receiver.url } })
    const tell = () => server.call('POST', `${PATH}/${endpoint.uid}/test`, { token })
    const good = await tell()
    assert.deepEqual([good.status, good.body.delivered, good.body.status, good.body.error], [200, true, 204, null])
    const [got] = receiver.received
    assert.equal(got?.headers['webhook-id'], good.body.id)
    assert.match(String(got?.headers['webhook-signature']), /^v1,/)
    assert.deepEqual(JSON.parse(got?.body ?? '').type, 'webhook.test')

    receiver.answer = (response) => void response.writeHead(500).end()
    const bad = (await tell()).body
    assert.deepEqual([bad.delivered, bad.status, bad.error], [false, 500, 'Answered 500'])
    await server.call('PATCH', `${PATH}/${endpoint.uid}`, { token, json: { url: 'http://127.0.0.1:1/' } })
    const none = (await tell()).body
    assert.deepEqual([none.delivered, none.status], [false, null])
    assert.match(none.error, /ECONNREFUSED/)
    assert.equal((await server.call('POST', `${PATH}/nobody/test`, { token })).status, 404)
  })

  test('says what is wrong with an endpoint, and changes nothing', async () => {
    await using server = await testServer(await newDatabase())
    const token = await anAdmin(server)
    const refusals: [object, RegExp][] = [
      [{}, /url/],
      [{ url: 'nonsense' }, /URL is not an absolute URL/],
      [{ url: 'http://169.254.169.254/' }, /not a public address/],
      [{ ...input, events: [] }, /events/],
      [{ ...input, events: ['model.nothing'] }, /There is no event model.nothing/],
    ]
    for (const [json, text] of refusals) {
      const { status, body } = await server.call('POST', PATH, { token, json })
      assert.equal(status, 422)
      assert.match(body.error, text)
    }
    assert.deepEqual((await server.call('GET', PATH, { token })).body, [])
    const { body: endpoint } = await server.call('POST', PATH, { token, json: input })
    const empty = await server.call('PATCH', `${PATH}/${endpoint.uid}`, { token, json: {} })
    assert.equal(empty.status, 422)
    assert.deepEqual((await recorded(server)).length, 1)
  })

  test('is closed to strangers, members and officers', async () => {
    await using server = await testServer(await newDatabase())
    const admin = await anAdmin(server)
    const { body: endpoint } = await server.call('POST', PATH, { token: admin, json: input })
    const path = `${PATH}/${endpoint.uid}`
    const calls = [
      ['GET', PATH],
      ['POST', PATH],
      ['GET', path],
      ['PATCH', path],
      ['POST', `${path}/secret`],
      ['POST', `${path}/test`],
      ['DELETE', path],
    ] as const
    const tokens = [undefined, await anAdmin(server, 'member'), await anAdmin(server, 'compliance')]
    for (const [method, url] of calls) {
      const body = method === 'POST' || method === 'PATCH' ? { json: input } : {}
      const statuses = []
      for (const token of tokens) statuses.push((await server.call(method, url, { token, ...body })).status)
      assert.deepEqual(statuses, [401, 403, 403], `${method} ${url}`)
    }
  })
})
