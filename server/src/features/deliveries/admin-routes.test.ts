import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { aReceiver } from '../../../test/support/receiver.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, iso, MINUTE } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { documentReviewed } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { addEndpoint } from '../webhooks/webhooks.ts'
import { readLog, replayDead, replayDelivery, replayEvent } from './deliveries.ts'

const SETTINGS = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', WEBHOOK_TIMEOUT: '1', WEBHOOK_RETRY_DAYS: '1' }

const record = ({ deps }: TestServer, account: Account, ...decisions: ('verified' | 'rejected')[]) =>
  deps.db
    .transaction()
    .execute((tx) =>
      deps.outbox.record(tx, account.id, ...decisions.map((each) => eventMessage(documentReviewed(account, each)))),
    )

/** A server with an administrator, and without the events that making one recorded. */
async function aDesk(url: string) {
  const server = await testServer(url, SETTINGS)
  const admin = await anAccount(server, { role: 'admin' })
  let token = await aToken(server, admin)
  await server.deps.db.deleteFrom('events').execute()
  const get = async (path: string) => (await server.call('GET', `/admin${path}`, { token })).body
  const post = (path: string, json?: object) => server.call('POST', `/admin${path}`, { token, json })
  /** Lets days pass, after which the administrator signs in again. */
  const pass = async (ms: number) => {
    server.clock.advance(ms)
    await server.deliver()
    token = await aToken(server, admin)
  }
  return { server, token, get, post, pass, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

onEachDatabase('The admin API of events', (newDatabase) => {
  test('lists the log with filters, page after page, and says how each event fared', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server, get } = desk
    const [one, other] = [await anAccount(server), await anAccount(server)]
    await record(server, one, 'rejected', 'verified')
    server.clock.advance(MINUTE)
    await record(server, other, 'verified')
    const before = await get('/events')
    assert.deepEqual(
      before.map(({ waiting }: { waiting: number }) => waiting),
      [0, 0, 0],
    )
    await server.deliver()
    const all = await get('/events')
    assert.deepEqual(
      all.map((event: Record<string, unknown>) => [event['name'], event['account_uid'], event['delivered']]),
      [
        ['system.document.verified', other.uid, 1],
        ['system.document.verified', one.uid, 1],
        ['system.document.rejected', one.uid, 1],
      ],
    )
    assert.deepEqual(await get(`/events/${all[1].id}`), all[1])
    assert.deepEqual(await get(`/events?account=${one.uid}`), all.slice(1))
    assert.deepEqual(await get('/events?name=system.document.rejected'), all.slice(2))
    assert.deepEqual(await get(`/events?since=${all[0].created_at}`), all.slice(0, 1))
    assert.deepEqual(await get(`/events?until=${all[0].created_at}`), all.slice(1))
    assert.deepEqual(await get('/events?limit=2'), all.slice(0, 2))
    assert.deepEqual(await get(`/events?limit=2&before=${all[1].id}`), all.slice(2))
    assert.ok(!JSON.stringify(all).includes(one.email), 'what an event says is not told')
  })

  test('shows a delivery with its attempts and dead letters, and sends them again', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server, get, post, pass } = desk
    await using receiver = await aReceiver()
    const { endpoint } = await addEndpoint(server.deps, { url: receiver.url, events: ['system.*'], description: '' })
    const account = await anAccount(server)
    receiver.answer = (response) => void response.writeHead(500).end()
    await record(server, account, 'verified')
    await server.deliver()
    const [waiting] = await get(`/deliveries?destination=${endpoint.uid}&state=waiting`)
    assert.deepEqual(
      [waiting.destination, waiting.state, waiting.attempts, waiting.last_error, waiting.event.account_uid],
      [endpoint.uid, 'waiting', 1, 'Answered 500', account.uid],
    )
    assert.equal((await post(`/deliveries/${waiting.id}/replay`)).status, 409)
    assert.equal((await post(`/events/${waiting.event.id}/replay`, { destination: endpoint.uid })).status, 409)
    await pass(2 * DAY)
    const [dead] = await get('/deliveries?state=dead')
    assert.equal(dead.id, waiting.id)
    const { log } = await get(`/deliveries/${dead.id}`)
    assert.deepEqual(
      log.map((attempt: Record<string, unknown>) => [attempt['status'], attempt['error']]),
      [
        [500, 'Answered 500'],
        [500, 'Answered 500'],
      ],
    )
    const health = await get('/events/health')
    assert.deepEqual(health.destinations, [
      { destination: endpoint.uid, url: receiver.url, disabled_at: null, waiting: 0, lag_seconds: 0, dead: 1 },
    ])
    receiver.answer = (response) => void response.writeHead(204).end()
    const again = await post('/deliveries/replay_dead', { destination: endpoint.uid })
    assert.deepEqual([again.status, again.body], [202, { count: 1 }])
    await server.deliver()
    assert.deepEqual(await get('/deliveries?state=dead'), [])
    const { state, attempts } = await get(`/deliveries/${dead.id}`)
    assert.deepEqual([state, attempts], ['delivered', 1])
    assert.deepEqual((await post(`/deliveries/${dead.id}/replay`)).body, { count: 1 })
    await server.deliver()
    assert.equal(receiver.received.length, 4)
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1)
  })

  test('sends one event, and a span of the log, to a destination that came later', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server, get, post } = desk
    await using receiver = await aReceiver()
    const account = await anAccount(server)
    await record(server, account, 'rejected', 'verified', 'rejected')
    await server.deliver()
    const { endpoint } = await addEndpoint(server.deps, {
      url: receiver.url,
      events: ['system.document.rejected'],
      description: '',
    })
    const [, verified] = await get('/events')
    const destination = endpoint.uid
    assert.equal((await post(`/events/${verified.id}/replay`, { destination })).status, 202)
    await server.deliver()
    server.clock.advance(MINUTE)
    const span = await post('/events/replay', { destination, since: verified.created_at })
    assert.deepEqual([span.status, span.body], [202, { count: 2 }])
    await server.deliver()
    assert.deepEqual(
      receiver.received.map(({ body }) => JSON.parse(body).type.replace(/.*\./, '')),
      ['verified', 'rejected', 'rejected'],
    )
    const actions = await server.deps.db
      .selectFrom('audit_records')
      .select('details')
      .where('action', '=', 'event.replayed')
      .execute()
    assert.equal(actions.length, 2)
  })

  test('tells of mails that wait or were given up', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server, get, post } = desk
    const account = await anAccount(server)
    await server.call('POST', '/security/reset_password', { json: { email: account.email } })
    const [mail] = await get('/deliveries/messages?state=waiting')
    assert.deepEqual([mail.channel, mail.account_uid, mail.failed_at], ['mail', account.uid, null])
    assert.ok(!JSON.stringify(mail).includes('token='))
    await server.deps.db.updateTable('outbox').set({ failed_at: mail.created_at, last_error: 'Refused' }).execute()
    assert.deepEqual(
      (await get('/deliveries/messages')).map((each: Record<string, unknown>) => each['last_error']),
      ['Refused'],
    )
    assert.equal((await get('/events/health')).kinds.find(({ kind }: { kind: string }) => kind === 'mail').dead, 1)
    assert.deepEqual((await post('/deliveries/replay_dead', {})).body, { count: 1 })
    await server.deliver()
    assert.equal(server.mails.at(-1)?.to, account.email)
  })

  test('refuses what is not there or makes no sense, naming it', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server, token, post } = desk
    const read = (path: string) => server.call('GET', `/admin${path}`, { token })
    assert.equal((await read('/events/12345')).status, 404)
    assert.equal((await read('/deliveries/12345')).status, 404)
    assert.deepEqual((await read('/deliveries?destination=nobody')).body, { error: 'Destination is not found' })
    assert.equal((await post('/events/12345/replay', { destination: 'rabbitmq' })).status, 404)
    assert.equal((await post('/events/1/replay', { destination: 'nobody' })).status, 404)
    assert.equal((await post('/deliveries/12345/replay')).status, 404)
    const wrong: [string, RegExp][] = [
      ['/events?limit=0', /limit/],
      ['/events?limit=101', /limit/],
      ['/events?name=nothing', /name/],
      ['/events?since=yesterday', /since/],
      ['/events/x', /id/],
      ['/deliveries?state=lost', /state/],
      ['/deliveries?before=-1', /before/],
    ]
    for (const [path, text] of wrong) {
      const { status, body } = await read(path)
      assert.equal(status, 422, path)
      assert.match(body.error, text)
    }
    assert.equal((await post('/events/replay', { destination: 'rabbitmq', since: 'x' })).status, 422)
  })

  test('sends nothing to a broker that is not configured, but shows what was to go there', async () => {
    await using desk = await aDesk(await newDatabase())
    const { deps } = desk.server
    await record(desk.server, await anAccount(desk.server), 'verified')
    await desk.server.deliver()
    const needs = { ...deps, brokers: [] }
    const [delivery] = await readLog(needs, { destination: 'rabbitmq', limit: 10 })
    assert.ok(delivery)
    const refused = (error: unknown) => error instanceof Refusal && error.status === 404
    await assert.rejects(replayDelivery(needs, delivery.id), refused)
    await assert.rejects(replayEvent(needs, delivery.event_id, 'rabbitmq'), refused)
    await assert.rejects(replayDead(needs, 'rabbitmq'), refused)
    await deps.db
      .updateTable('deliveries')
      .set({ delivered_at: null, failed_at: iso(deps.clock.now()) })
      .execute()
    assert.deepEqual([await replayDead(needs), await replayDead(deps)], [0, 1])
    const reopened = await deps.db.selectFrom('deliveries').select(['failed_at', 'give_up_at']).execute()
    assert.deepEqual(reopened, [{ failed_at: null, give_up_at: null }])
  })

  test('is closed to strangers, members and officers', async () => {
    await using desk = await aDesk(await newDatabase())
    const { server } = desk
    const tokens = [undefined]
    const roles = await Promise.all(
      ['member', 'compliance'].map(async (role) => aToken(server, await anAccount(server, { role }))),
    )
    const calls = [
      ['GET', '/events'],
      ['GET', '/events/health'],
      ['GET', '/events/1'],
      ['POST', '/events/replay'],
      ['POST', '/events/1/replay'],
      ['GET', '/deliveries'],
      ['GET', '/deliveries/messages'],
      ['GET', '/deliveries/1'],
      ['POST', '/deliveries/replay_dead'],
      ['POST', '/deliveries/1/replay'],
    ] as const
    for (const [method, path] of calls) {
      const statuses = []
      for (const token of [...tokens, ...roles])
        statuses.push((await server.call(method, `/admin${path}`, { token })).status)
      assert.deepEqual(statuses, [401, 403, 403], `${method} ${path}`)
    }
  })
})
