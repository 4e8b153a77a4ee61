import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, MINUTE, SECOND } from '../../lib/clock.ts'
import type { Account } from '../db/schema.ts'
import { documentReviewed } from './catalogue.ts'
import { type MemoryBroker, memoryBroker } from './memory.ts'
import { eventMessage } from './outbox.ts'
import { createRelay } from './relay.ts'
import type { RelayNeeds } from './relay-needs.ts'
import { cleanEvents } from './retention.ts'
import { webhookSettings } from './webhooks.ts'

/** A relay beside the server's own, with brokers of the test. */
function aRelay({ deps }: TestServer, brokers: MemoryBroker[], overrides: Partial<RelayNeeds> = {}) {
  const channels = { mail: async () => {}, sms: async () => {} }
  const webhooks = webhookSettings(deps.config)
  return createRelay({ ...deps, channels, brokers, webhooks, observe: () => {}, ...overrides })
}

const record = ({ deps }: TestServer, account: Account, ...decisions: ('verified' | 'rejected')[]) =>
  deps.db
    .transaction()
    .execute((tx) =>
      deps.outbox.record(tx, account.id, ...decisions.map((each) => eventMessage(documentReviewed(account, each)))),
    )

const decisionsOf = (broker: MemoryBroker, account: Account) =>
  broker.sent.filter((event) => event.account_id === account.id).map((event) => event.name.replace(/.*\./, ''))

onEachDatabase('The relay', (newDatabase) => {
  test('keeps the order of an account while one of its events fails, and lets other accounts go on', async () => {
    await using server = await testServer(await newDatabase())
    const [troubled, other] = [await anAccount(server), await anAccount(server)]
    const broker = memoryBroker({ patience: 100 })
    await using relay = aRelay(server, [broker])
    broker.answer = async ({ account_id }) =>
      account_id === troubled.id ? { delivered: false, error: 'not now' } : { delivered: true }
    await record(server, troubled, 'rejected', 'verified')
    await record(server, other, 'rejected', 'verified')
    await relay.drain()
    assert.deepEqual(decisionsOf(broker, troubled), [])
    assert.deepEqual(decisionsOf(broker, other), ['rejected', 'verified'])
    broker.answer = async () => ({ delivered: true })
    server.clock.advance(2 * SECOND)
    await relay.drain()
    assert.deepEqual(decisionsOf(broker, troubled), ['rejected', 'verified'])
  })

  test('of several processes never sends one event twice, and keeps the order', async () => {
    await using server = await testServer(await newDatabase())
    const accounts = await Promise.all(Array.from({ length: 10 }, () => anAccount(server)))
    const broker = memoryBroker({ width: 3 })
    const relays = Array.from({ length: 4 }, () => aRelay(server, [broker]))
    for (let round = 0; round < 5; round++)
      await Promise.all(accounts.map((account) => record(server, account, 'rejected', 'verified')))
    await Promise.all(relays.map((relay) => relay.drain()))
    await relays[0]?.drain()
    assert.equal(new Set(broker.sent.map((event) => event.id)).size, 100)
    assert.equal(broker.sent.length, 100)
    for (const account of accounts)
      assert.deepEqual(decisionsOf(broker, account), Array(5).fill(['rejected', 'verified']).flat())
  })

  // ASVS 2.3.3
  test('sends nothing of a transaction that was rolled back', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    await assert.rejects(
      server.deps.db.transaction().execute(async (tx) => {
        await server.deps.outbox.record(tx, account.id, eventMessage(documentReviewed(account, 'verified')))
        throw new Error('no')
      }),
    )
    await server.deliver()
    assert.deepEqual(server.events, [])
  })

  test('settles what it sent although a person of the batch was erased meanwhile', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const [erased, other] = [await anAccount(server), await anAccount(server)]
    const broker = memoryBroker()
    await using relay = aRelay(server, [broker])
    broker.answer = async () => {
      await db.deleteFrom('events').where('account_id', '=', erased.id).execute()
      return { delivered: true }
    }
    await record(server, erased, 'verified')
    await record(server, other, 'verified')
    await relay.drain()
    const left = await db.selectFrom('deliveries').selectAll().execute()
    assert.deepEqual(
      left.map(({ stream, delivered_at, attempts }) => [stream, delivered_at !== null, attempts]),
      [[other.id, true, 1]],
    )
    assert.equal((await db.selectFrom('delivery_attempts').selectAll().execute()).length, 1)
  })

  test('takes up what a killed process had claimed, once the claim has lapsed', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const broker = memoryBroker()
    await using killed = aRelay(server, [broker])
    await using alive = aRelay(server, [broker])
    await record(server, account, 'verified')
    const { promise: never } = Promise.withResolvers<never>()
    const { promise: claimed, resolve } = Promise.withResolvers<void>()
    broker.answer = () => {
      resolve()
      return never
    }
    void killed.drain()
    await claimed
    broker.answer = async () => ({ delivered: true })
    await alive.drain()
    assert.equal(broker.sent.length, 0)
    server.clock.advance(31 * SECOND)
    await alive.drain()
    assert.deepEqual(decisionsOf(broker, account), ['verified'])
  })

  test('waits for a receiver as often as an account has events, however many accounts there are', async () => {
    await using server = await testServer(await newDatabase())
    const accounts = await Promise.all(Array.from({ length: 30 }, () => anAccount(server)))
    const broker = memoryBroker()
    await using relay = aRelay(server, [broker])
    for (let round = 0; round < 3; round++)
      await Promise.all(accounts.map((account) => record(server, account, 'rejected', 'verified')))
    let round_trips = 0
    const answers: (() => void)[] = []
    broker.answer = async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      answers.push(resolve)
      if (answers.length === 1) {
        round_trips += 1
        setTimeout(() => {
          for (const answer of answers.splice(0)) answer()
        }, 20)
      }
      await promise
      return { delivered: true }
    }
    await relay.drain()
    assert.equal(broker.sent.length, 180)
    assert.ok(round_trips <= 12, `${round_trips} round trips`)
  })

  // ASVS 16.5.2
  test('probes a broker that is down ever more rarely, gives nothing up, and catches up when it is back', async () => {
    await using server = await testServer(await newDatabase())
    const accounts = await Promise.all(Array.from({ length: 5 }, () => anAccount(server)))
    const broker = memoryBroker()
    await using relay = aRelay(server, [broker])
    let attempts = 0
    broker.answer = async () => {
      attempts += 1
      return { delivered: false, error: 'down' }
    }
    for (const account of accounts) await record(server, account, 'verified')
    for (let minute = 0; minute < 10; minute++) {
      await relay.drain()
      server.clock.advance(MINUTE)
    }
    assert.equal(attempts, 5 + 9, 'all at first, then one probe each time')
    server.clock.advance(30 * DAY)
    broker.answer = async () => ({ delivered: true })
    await relay.drain()
    assert.equal(broker.sent.length, 5)
  })

  test('gets past an event that cannot be delivered, when it alone was due and a single failure has the receiver rest', async () => {
    await using server = await testServer(await newDatabase())
    const [troubled, ...others] = await Promise.all(Array.from({ length: 4 }, () => anAccount(server)))
    assert.ok(troubled)
    const broker = memoryBroker()
    await using relay = aRelay(server, [broker])
    broker.answer = async ({ account_id }) =>
      account_id === troubled.id ? { delivered: false, error: 'too large' } : { delivered: true }
    await record(server, troubled, 'rejected', 'verified')
    await relay.drain()
    // Long enough that it has been tried, and rests, more often than once.
    for (let probe = 0; probe < 3; probe++) {
      server.clock.advance(MINUTE)
      await relay.drain()
    }
    for (const other of others) await record(server, other, 'rejected', 'verified')
    server.clock.advance(MINUTE)
    await relay.drain()
    for (const other of others) assert.deepEqual(decisionsOf(broker, other), ['rejected', 'verified'])
    assert.deepEqual(decisionsOf(broker, troubled), [])
  })

  // ASVS 16.5.2
  test('does not let a receiver that hangs hold up mails, SMS or another receiver', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const hanging = memoryBroker()
    const lively = memoryBroker({ name: 'other' })
    const { promise: never, resolve: release } = Promise.withResolvers<{ delivered: true }>()
    hanging.answer = () => never
    const { promise: mailed, resolve: onMail } = Promise.withResolvers<void>()
    const relay = aRelay(server, [hanging, lively], { channels: { mail: async () => onMail(), sms: async () => {} } })
    relay.start()
    await record(server, account, 'rejected', 'verified')
    await server.deps.db.transaction().execute((tx) =>
      server.deps.outbox.record(tx, account.id, {
        channel: 'mail',
        template: 'approved',
        to: account.email,
        variables: {},
      }),
    )
    await mailed
    await until(() => decisionsOf(lively, account).length === 2)
    release({ delivered: true })
    await relay[Symbol.asyncDispose]()
    assert.deepEqual(decisionsOf(lively, account), ['rejected', 'verified'])
  })

  test('leaves raw tokens out, unless they are asked for', async () => {
    await using server = await testServer(await newDatabase())
    await using open = await testServer(await newDatabase(), { EVENT_API_INCLUDE_TOKENS: 'true' })
    for (const each of [server, open]) {
      const account = await anAccount(each)
      await each.call('POST', '/security/reset_password', { json: { email: account.email } })
      await each.deliver()
    }
    const token = ({ events }: TestServer) =>
      events.find(({ name }) => name === 'system.account.reset_password_token')?.payload['token']
    assert.equal(token(server), undefined)
    assert.match(String(token(open)), /^[\w-]{20}$/)
  })

  test('forgets delivered events after their time, and keeps what is not delivered', async () => {
    await using server = await testServer(await newDatabase(), { EVENTS_KEPT_DAYS: '7' })
    const [one, other] = [await anAccount(server), await anAccount(server)]
    const broker = memoryBroker({ patience: 100 })
    await using relay = aRelay(server, [broker])
    broker.answer = async ({ account_id }) =>
      account_id === one.id ? { delivered: true } : { delivered: false, error: 'no' }
    await record(server, one, 'verified')
    await record(server, other, 'verified')
    await relay.drain()
    const left = async () =>
      (await server.deps.db.selectFrom('events').select('account_id').execute()).map((event) => event.account_id)
    server.clock.advance(6 * DAY)
    assert.equal(await cleanEvents(server.deps), 0)
    assert.equal((await left()).length, 2)
    server.clock.advance(2 * DAY)
    assert.equal(await cleanEvents(server.deps), 1)
    assert.deepEqual(await left(), [other.id])
  })

  test('gives up what waits for a broker that is not configured any more, once nobody may have it', async () => {
    await using server = await testServer(await newDatabase(), { WEBHOOK_RETRY_DAYS: '3' })
    const broker = memoryBroker({ patience: 100 })
    await using relay = aRelay(server, [broker])
    broker.answer = async () => ({ delivered: false, error: 'no' })
    await record(server, await anAccount(server), 'verified')
    await relay.drain()
    const without = { ...server.deps, brokers: [] }
    assert.equal(await cleanEvents(without), 0)
    server.clock.advance(4 * DAY)
    assert.deepEqual([await cleanEvents(server.deps), await cleanEvents(without)], [0, 1])
    const left = await server.deps.db.selectFrom('deliveries').select(['failed_at', 'last_error']).execute()
    assert.deepEqual(
      left.map(({ failed_at, last_error }) => [failed_at !== null, last_error]),
      [[true, 'The broker is not configured.']],
    )
  })

  test('orders the events of an account as its transactions commit', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const committed: number[] = []
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const id = await server.deps.db.transaction().execute(async (tx) => {
          await server.deps.outbox.record(tx, account.id, eventMessage(documentReviewed(account, 'verified')))
          const own = await tx.selectFrom('events').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
          // Long enough for another transaction to overtake this one, if it were let.
          await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 5))
          return own.id
        })
        committed.push(id)
      }),
    )
    assert.deepEqual(
      committed,
      committed.toSorted((a, b) => a - b),
    )
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}
