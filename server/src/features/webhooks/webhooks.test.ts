import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { aReceiver, type Received } from '../../../test/support/receiver.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, HOUR, iso, MINUTE, SECOND } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { documentReviewed } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { cleanEvents } from '../../platform/events/retention.ts'
import {
  readDeliveries,
  readDelivery,
  readHealth,
  replayDead,
  replayDelivery,
  replayEvents,
} from '../deliveries/deliveries.ts'
import { addEndpoint, changeEndpoint, readEndpoints, removeEndpoint, rotateEndpointSecret } from './webhooks.ts'

const SETTINGS = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', WEBHOOK_TIMEOUT: '1' }

const record = ({ deps }: TestServer, account: Account, decision: 'verified' | 'rejected' = 'verified') =>
  deps.db
    .transaction()
    .execute((tx) => deps.outbox.record(tx, account.id, eventMessage(documentReviewed(account, decision))))

const endpointAt = ({ deps }: TestServer, url: string, events = ['*']) =>
  addEndpoint(deps, { url, events, description: '' })

const typesOf = (received: readonly Received[]): string[] => received.map(({ body }) => JSON.parse(body).type)

const secretOf = (secret: string) => Buffer.from(secret.replace('whsec_', ''), 'base64')
function isSignedWith(secret: string, { headers, body }: Received): boolean {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const signature = createHmac('sha256', secretOf(secret)).update(content).digest('base64')
  return String(headers['webhook-signature']).split(' ').includes(`v1,${signature}`)
}

const refusedWith = (status: number, text?: string) => (error: unknown) => {
  assert.ok(error instanceof Refusal)
  assert.equal(error.status, status)
  if (text !== undefined) assert.deepEqual(error.body, { error: text })
  return true
}

onEachDatabase('A webhook endpoint', (newDatabase) => {
  test('gets events as signed Standard Webhooks', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { secret } = await endpointAt(server, receiver.url)
    const account = await anAccount(server)
    await record(server, account)
    await server.deliver()
    const [got] = receiver.received
    assert.ok(got)
    const { type, timestamp, data } = JSON.parse(got.body)
    assert.equal(type, 'system.document.verified')
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    assert.deepEqual(data, { uid: account.uid, email: account.email })
    assert.equal(got.headers['content-type'], 'application/json')
    assert.equal(got.headers['webhook-id'], server.events[0]?.id)
    assert.equal(got.headers['webhook-timestamp'], String(Math.floor(server.clock.now() / 1000)))
    assert.ok(isSignedWith(secret, got))
  })

  test('gets only what its filter names, and only what was recorded since it was added', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const account = await anAccount(server)
    await record(server, account)
    await server.deliver()
    await endpointAt(server, receiver.url, ['model.*', 'system.document.re*'])
    await record(server, account)
    await record(server, account, 'rejected')
    await server.deliver()
    assert.deepEqual(typesOf(receiver.received), ['system.document.rejected'])
  })

  test('is signed for with both secrets for a day after a rotation', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { endpoint, secret } = await endpointAt(server, receiver.url)
    const account = await anAccount(server)
    const { secret: next } = await rotateEndpointSecret(server.deps, endpoint.uid)
    await record(server, account)
    await server.deliver()
    server.clock.advance(DAY)
    await record(server, account)
    await server.deliver()
    const valid = receiver.received.map((one) => [isSignedWith(secret, one), isSignedWith(next, one)])
    assert.deepEqual(valid, [
      [true, true],
      [false, true],
    ])
    const row = await server.deps.db.selectFrom('webhook_endpoints').selectAll().executeTakeFirstOrThrow()
    assert.equal(JSON.stringify(row).includes(next.slice(6)), false)
  })

  test('that fails is tried again after growing pauses, in order, and given up after days', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    await endpointAt(server, receiver.url)
    const account = await anAccount(server)
    const started = server.clock.now()
    const attempts: number[] = []
    receiver.answer = (response) => {
      attempts.push(server.clock.now() - started)
      response.writeHead(500).end()
    }
    await record(server, account, 'rejected')
    await record(server, account, 'verified')
    for (let minute = 0; minute < 80 * 60 && attempts.length < 30; minute += 20) {
      await server.deliver()
      server.clock.advance(20 * MINUTE)
    }
    const [dead, other] = (await readDeliveries(server.deps, { state: 'dead' }, { limit: 10 })).toReversed()
    assert.equal(dead?.name, 'system.document.rejected')
    assert.ok(attempts.filter((at) => at < 3 * DAY).length < 15)
    assert.ok(dead.attempts >= 8)
    assert.equal(other?.name, 'system.document.verified', 'its time is over as well')
    assert.equal(
      typesOf(receiver.received.slice(0, dead.attempts)).every((type) => type.endsWith('rejected')),
      true,
    )
    const { attempts: log } = await readDelivery(server.deps, dead.id)
    assert.equal(log.length, dead.attempts)
    assert.deepEqual([log[0]?.status, log[0]?.error], [500, 'Answered 500'])
    const webhook = (await readHealth(server.deps)).kinds.find(({ kind }) => kind === 'webhook')
    assert.deepEqual(webhook, { kind: 'webhook', waiting: 0, lag_seconds: 0, dead: 2 })
    assert.equal(await cleanEvents(server.deps), 0)

    receiver.answer = (response) => response.writeHead(200).end()
    receiver.received.length = 0
    server.clock.advance(HOUR)
    assert.equal(await replayDead(server.deps), 2)
    await server.deliver()
    assert.deepEqual(typesOf(receiver.received), ['system.document.rejected', 'system.document.verified'])
  })

  test('that comes back gets everything at once', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    await endpointAt(server, receiver.url)
    const accounts = await Promise.all(Array.from({ length: 6 }, () => anAccount(server)))
    receiver.answer = (response) => response.writeHead(503).end()
    for (const account of accounts) await record(server, account)
    for (let round = 0; round < 6; round++) {
      await server.deliver()
      server.clock.advance(2 * HOUR)
    }
    receiver.answer = (response) => response.writeHead(200).end()
    receiver.received.length = 0
    server.clock.advance(DAY / 2)
    await server.deliver()
    assert.equal(receiver.received.length, 6)
  })

  test('that hangs, is refused or asks to wait is logged as such', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { endpoint } = await endpointAt(server, receiver.url)
    const account = await anAccount(server)
    receiver.answer = (response) => response.writeHead(429, { 'retry-after': '600' }).end()
    await record(server, account)
    await server.deliver()
    server.clock.advance(9 * MINUTE)
    await server.deliver()
    assert.equal(receiver.received.length, 1, 'asked to wait for ten minutes')
    receiver.answer = () => {}
    server.clock.advance(2 * MINUTE)
    await server.deliver()
    await changeEndpoint(server.deps, endpoint.uid, { url: 'http://127.0.0.1:1/hook' })
    server.clock.advance(HOUR)
    await server.deliver()
    const [delivery] = await readDeliveries(server.deps, { state: 'waiting' }, { limit: 1 })
    const { attempts } = await readDelivery(server.deps, delivery?.id ?? 0)
    assert.deepEqual(
      attempts.map(({ status, error }) => [status, error]),
      [
        [429, 'Answered 429'],
        [null, 'No answer within 1 seconds'],
        [null, 'connect ECONNREFUSED 127.0.0.1:1'],
      ],
    )
  })

  test('that answers 410 is switched off, and gets what waited when it is switched on again', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { endpoint } = await endpointAt(server, receiver.url)
    const account = await anAccount(server)
    receiver.answer = (response) => response.writeHead(410).end()
    await record(server, account, 'rejected')
    await server.deliver()
    assert.notEqual((await readEndpoints(server.deps))[0]?.disabled_at, null)
    await record(server, account, 'verified')
    server.clock.advance(HOUR)
    await server.deliver()
    assert.equal(receiver.received.length, 1)
    receiver.answer = (response) => response.writeHead(200).end()
    await changeEndpoint(server.deps, endpoint.uid, { enabled: true })
    await server.deliver()
    assert.deepEqual(typesOf(receiver.received.slice(1)), ['system.document.rejected'])
    server.clock.advance(4 * DAY)
    await record(server, account, 'rejected')
    await server.deliver()
    assert.equal(receiver.received.length, 3)
  })

  test('that is moved or switched off is served as it is from the next batch on', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using former = await aReceiver()
    await using next = await aReceiver()
    const { endpoint } = await endpointAt(server, former.url)
    const account = await anAccount(server)
    const decisions = Array.from({ length: 100 }, () => eventMessage(documentReviewed(account, 'verified')))
    await server.deps.db.transaction().execute((tx) => server.deps.outbox.record(tx, account.id, ...decisions))
    former.answer = async (response) => {
      if (former.received.length === 1) await changeEndpoint(server.deps, endpoint.uid, { url: next.url })
      response.writeHead(204).end()
    }
    next.answer = async (response) => {
      if (next.received.length === 1) await changeEndpoint(server.deps, endpoint.uid, { enabled: false })
      response.writeHead(204).end()
    }
    await server.deliver()
    const counts = [former, next].map(({ received }) => received.length)
    assert.ok(
      counts.every((count) => count > 0 && count < 50),
      String(counts),
    )
  })

  test('that answers 410 where it was before stays on where it is now', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using former = await aReceiver()
    await using next = await aReceiver()
    const { endpoint } = await endpointAt(server, former.url)
    await record(server, await anAccount(server))
    former.answer = async (response) => {
      await changeEndpoint(server.deps, endpoint.uid, { url: next.url })
      response.writeHead(410).end()
    }
    await server.deliver()
    assert.equal((await readEndpoints(server.deps))[0]?.disabled_at, null)
    server.clock.advance(HOUR)
    await server.deliver()
    assert.deepEqual([former.received.length, next.received.length], [1, 1])
  })

  test('that stays off too long loses what waited to the dead letters', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { endpoint } = await endpointAt(server, receiver.url)
    receiver.answer = (response) => response.writeHead(500).end()
    await record(server, await anAccount(server))
    await server.deliver()
    await changeEndpoint(server.deps, endpoint.uid, { enabled: false })
    server.clock.advance(3 * DAY + MINUTE)
    assert.equal(await cleanEvents(server.deps), 1)
    assert.equal((await readDeliveries(server.deps, { state: 'dead' }, { limit: 10 })).length, 1)
  })

  test('goes with what is open for it', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const { endpoint } = await endpointAt(server, receiver.url)
    receiver.answer = (response) => response.writeHead(500).end()
    await record(server, await anAccount(server))
    await server.deliver()
    await removeEndpoint(server.deps, endpoint.uid)
    server.clock.advance(HOUR)
    await server.deliver()
    assert.equal(receiver.received.length, 1)
    await assert.rejects(removeEndpoint(server.deps, endpoint.uid), refusedWith(404))
  })

  test('can be sent a delivery, or a span of the log, again', async () => {
    await using server = await testServer(await newDatabase(), SETTINGS)
    await using receiver = await aReceiver()
    const account = await anAccount(server)
    const since = iso(server.clock.now())
    await record(server, account, 'rejected')
    await server.deliver()
    server.clock.advance(SECOND)
    const { endpoint } = await endpointAt(server, receiver.url)
    await record(server, account, 'verified')
    await server.deliver()
    server.clock.advance(SECOND)
    const until = iso(server.clock.now())
    assert.equal(await replayEvents(server.deps, endpoint.uid, { since, until }), 2)
    await server.deliver()
    assert.deepEqual(typesOf(receiver.received), [
      'system.document.verified',
      'system.document.rejected',
      'system.document.verified',
    ])
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    assert.equal(ids[0], ids[2])

    const [last] = await readDeliveries(server.deps, { destination: 'rabbitmq' }, { limit: 1 })
    server.events.length = 0
    await replayDelivery(server.deps, last?.id ?? 0)
    await assert.rejects(replayDelivery(server.deps, last?.id ?? 0), refusedWith(409))
    await assert.rejects(replayDelivery(server.deps, 4711), refusedWith(404))
    await assert.rejects(replayEvents(server.deps, 'nowhere', { since, until }), refusedWith(404))
    await server.deliver()
    assert.equal(server.events.length, 1)
  })

  // ASVS 1.3.6
  test('is refused at a private address, without a known event, or without a URL', async () => {
    await using server = await testServer(await newDatabase())
    const add = (url: string, events = ['*']) => endpointAt(server, url, events)
    const refused = async (text: string, attempt: Promise<unknown>) => assert.rejects(attempt, refusedWith(422, text))
    const remedy = 'which is not a public address (WEBHOOK_ALLOWED_NETWORKS can allow it)'
    await refused(`URL is at 127.0.0.1, ${remedy}`, add('https://127.0.0.1/hook'))
    await assert.rejects(add('http://localhost:4000/hook'), { status: 422 })
    await refused('URL is not an absolute URL', add('hook'))
    const production = { ...server.deps, config: { ...server.deps.config, production: true } }
    const plain = { url: 'http://example.com/hook', events: ['*'], description: '' }
    await refused('URL must begin with https://', addEndpoint(production, plain))
    await refused('There is no event model.acount.*', add('https://example.com', ['model.acount.*']))
    await refused('Events are empty', add('https://example.com', []))
    const { endpoint } = await add('https://example.com')
    await refused('URL is not an absolute URL', changeEndpoint(server.deps, endpoint.uid, { url: '' }))
    await assert.rejects(changeEndpoint(server.deps, 'nobody', { description: 'x' }), refusedWith(404))
    await assert.rejects(rotateEndpointSecret(server.deps, 'nobody'), refusedWith(404))
    assert.equal((await readEndpoints(server.deps)).length, 1)
  })
})
