// How fast what waits for RabbitMQ leaves, of few accounts and of many: `node bench/events.ts`. It starts a broker of its own
// (Debian's rabbitmq-server), on which a durable queue takes what comes, and a relay on SQLite and on PostgreSQL. Then the broker is
// killed for ten seconds, in which events go on being recorded.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../server/src/lib/clock.ts'
import type { Account } from '../server/src/platform/db/schema.ts'
import { documentReviewed } from '../server/src/platform/events/catalogue.ts'
import { eventMessage } from '../server/src/platform/events/outbox.ts'
import { rabbitmqDestination } from '../server/src/platform/events/rabbitmq.ts'
import { createRelay } from '../server/src/platform/events/relay.ts'
import { webhookSettings } from '../server/src/platform/events/webhooks.ts'
import { anAccount } from '../server/test/support/factories.ts'
import { startPostgres } from '../server/test/support/postgres.ts'
import { type Rabbitmq, startRabbitmq, whenReady } from '../server/test/support/rabbitmq.ts'
import { type TestServer, testServer } from '../server/test/support/server.ts'

const { values } = parseArgs({ options: { events: { type: 'string', default: '1200' } } })
const EVENTS = Number(values.events)
const ACCOUNTS = [1, 6, 100]
const OUTAGE = 10_000
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'barong-bench-events-'))
  try {
    await using broker = await startRabbitmq({ own: true })
    const model = await whenReady(broker.url)
    const channel = await model.createChannel()
    await channel.assertExchange('barong.events.system', 'direct', { durable: true })
    await channel.assertQueue('all', { durable: true })
    await channel.bindQueue('all', 'barong.events.system', 'document.verified')
    await model.close()
    await using cluster = await startPostgres({ durable: true })
    for (const [name, open] of [
      ['SQLite', async () => `sqlite:${join(folder, 'barong.sqlite')}`],
      ['PostgreSQL', () => cluster.createDatabase()],
    ] as const) {
      await using server = await testServer(await open())
      for (const accounts of ACCOUNTS) {
        const ms = await drain(server, broker.url, accounts)
        const line = `${name}, ${EVENTS} events of ${accounts} accounts: ${(ms / 1000).toFixed(2)} s, ${Math.round((EVENTS * 1000) / ms)} a second`
        process.stdout.write(`${line}\n`)
      }
      const { waited, ms } = await outage(server, broker)
      const told = `${waited} events of 6 accounts waited when it was back, and had left after ${(ms / 1000).toFixed(1)} s`
      process.stdout.write(`${name}, ten seconds without RabbitMQ: ${told}\n`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const record = ({ deps }: TestServer, account: Account) =>
  deps.db
    .transaction()
    .execute((tx) => deps.outbox.record(tx, account.id, eventMessage(documentReviewed(account, 'verified'))))

const crowd = (server: TestServer, count: number) => Promise.all(Array.from({ length: count }, () => anAccount(server)))

function aRelay({ deps }: TestServer, url: string) {
  const needs = { ...deps, clock: systemClock }
  const settings = { url: () => url, signer: () => ({ kid: 'barong', key, algorithm: 'RS256' as const }) }
  const rabbitmq = rabbitmqDestination(settings, needs)
  const channels = { mail: async () => {}, sms: async () => {} }
  const [brokers, webhooks] = [[rabbitmq], webhookSettings(deps.config)]
  const relay = createRelay({ ...needs, channels, brokers, webhooks, observe: () => {} })
  return {
    ...relay,
    [Symbol.asyncDispose]: async () => {
      await relay[Symbol.asyncDispose]()
      await rabbitmq[Symbol.asyncDispose]()
    },
  }
}

/** Milliseconds that the events take to leave. */
async function drain(server: TestServer, url: string, count: number): Promise<number> {
  const accounts = await crowd(server, count)
  for (const account of Array.from({ length: EVENTS / count }, () => accounts).flat()) await record(server, account)
  await using relay = aRelay(server, url)
  const began = performance.now()
  await relay.drain()
  return performance.now() - began
}

/** Milliseconds from the return of the broker till nothing waits any more, and how much waited. */
async function outage(server: TestServer, broker: Rabbitmq): Promise<{ waited: number; ms: number }> {
  const accounts = await crowd(server, 6)
  await using relay = aRelay(server, broker.url)
  relay.start()
  for (const account of accounts) await record(server, account)
  await until(async () => (await waiting(server)) === 0)
  await broker.kill()
  for (const until = performance.now() + OUTAGE; performance.now() < until; await sleep(80))
    for (const account of accounts) await record(server, account)
  await broker.start()
  const [began, waited] = [performance.now(), await waiting(server)]
  await until(async () => (await waiting(server)) === 0)
  return { waited, ms: performance.now() - began }
}

/** How many events somebody has not got yet. */
async function waiting({ deps: { db } }: TestServer): Promise<number> {
  const { events } = await db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('events'))
    .where('fanned_out_at', 'is', null)
    .executeTakeFirstOrThrow()
  const { deliveries } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('deliveries'))
    .where('delivered_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(events) + Number(deliveries)
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(20)
}

await main()
