import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { anAccount } from '../../test/support/factories.ts'
import { testServer } from '../../test/support/server.ts'
import { buildMetricsApp } from '../app.ts'
import { MINUTE } from '../lib/clock.ts'
import { loadConfig } from '../platform/config/config.ts'
import { documentReviewed } from '../platform/events/catalogue.ts'
import { eventMessage } from '../platform/events/outbox.ts'
import { sharesPort } from './metrics.ts'

const sampleOf = (text: string, line: string) =>
  text
    .split('\n')
    .find((each) => each.startsWith(`${line} `))
    ?.slice(line.length + 1)

onEachDatabase('GET /metrics', (newDatabase) => {
  test('tells how old the oldest undelivered event is, what was given up, and how attempts ended', async () => {
    await using server = await testServer(await newDatabase())
    const { deps, clock, app } = server
    const account = await anAccount(server)
    await deps.db
      .transaction()
      .execute((tx) => deps.outbox.record(tx, account.id, eventMessage(documentReviewed(account, 'verified'))))
    clock.advance(5 * MINUTE)
    const before = await app.inject('/metrics')
    assert.equal(before.statusCode, 200)
    assert.match(String(before.headers['content-type']), /^text\/plain; version=0\.0\.4/)
    assert.equal(sampleOf(before.body, 'barong_outbox_lag_seconds{destination="fan-out"}'), '300')
    await server.deliver()
    await deps.db.updateTable('deliveries').set({ delivered_at: null, failed_at: '2020-01-01T00:00:00.000Z' }).execute()
    const { body } = await app.inject('/metrics')
    assert.equal(sampleOf(body, 'barong_outbox_lag_seconds{destination="fan-out"}'), '0')
    assert.equal(sampleOf(body, 'barong_dead_letters{destination="rabbitmq"}'), '1')
    assert.equal(sampleOf(body, 'barong_deliveries_total{destination="rabbitmq",result="delivered"}'), '1')
    assert.equal(sampleOf(body, 'barong_database_up'), '1')
  })

  test('asks for the token when there is one, also on a port of its own', async () => {
    await using server = await testServer(await newDatabase(), { METRICS_TOKEN: 'between you and me' })
    const alone = await buildMetricsApp(server.deps)
    for (const http of [server.app, alone]) {
      assert.equal((await http.inject('/metrics')).statusCode, 401)
      const wrong = await http.inject({ url: '/metrics', headers: { authorization: 'Bearer between you and mx' } })
      assert.equal(wrong.statusCode, 401)
      const right = await http.inject({ url: '/metrics', headers: { authorization: 'Bearer between you and me' } })
      assert.equal(right.statusCode, 200)
    }
    await alone.close()
  })
})

describe('/metrics on the port of everything else', () => {
  const shared = (environment: Record<string, string>) => {
    const { values } = loadConfig({ BARONG_DATA_DIR: '/nowhere', ...environment })
    return [false, true].map((production) => sharesPort({ ...loadConfig({}), values, production }))
  }

  test('is there in development, and in production only with a token', () => {
    assert.deepEqual(shared({}), [true, false])
    assert.deepEqual(shared({ METRICS_TOKEN: 'x' }), [true, true])
  })

  test('is not there when it has a port of its own', () => {
    assert.deepEqual(shared({ METRICS_PORT: '9464', METRICS_TOKEN: 'x' }), [false, false])
  })
})
