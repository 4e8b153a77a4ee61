import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConfirmedAccount } from '../../src/features/accounts/accounts.ts'
import { createApplication } from '../../src/features/applications/applications.ts'
import { addEndpoint } from '../../src/features/webhooks/webhooks.ts'
import { loadConfig } from '../../src/platform/config/config.ts'
import { wire } from '../../src/wire.ts'
import { PASSWORD } from '../support/factories.ts'
import { noRabbitmqToKill } from '../support/rabbitmq.ts'
import { eventually } from '../support/restartable.ts'
import { brokerConsumer, type Consumer, webhookConsumer } from './consumers.ts'
import { killAtRandom } from './kills.ts'
import { changeLabel, type Ledger, type Person, signIn } from './load.ts'
import { startWorld, type World } from './world.ts'

/** How often something is killed; hundreds are for a long evening. */
const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 8)
const PEOPLE = 6

const DATABASES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const

for (const kind of ['sqlite', 'postgres'] as const)
  test(`no committed change is lost, and none is told out of order, whatever is killed, on ${DATABASES[kind]}`, {
    skip: noRabbitmqToKill,
    timeout: 240_000 + ROUNDS * 10_000,
  }, async (t) => {
    await using world = await startWorld(kind)
    await using webhooks = await webhookConsumer()
    await using broker = await brokerConsumer(world.broker.url)
    const people = await populate(world, webhooks.url)
    const ledger: Ledger = new Map()
    const stop = new AbortController()
    const load = Promise.all(people.map((person) => changeLabel(world.nodes, person, ledger, stop.signal)))
    const began = performance.now()
    const kills = await killAtRandom(world, ROUNDS).finally(() => stop.abort())
    await load
    const minutes = ((performance.now() - began) / 60_000).toFixed(1)

    const started = performance.now()
    for (const consumer of [broker, webhooks])
      await eventually('A consumer', async () => assertComplete(consumer, ledger))
    const drained = Math.round((performance.now() - started) / 1000)
    for (const consumer of [broker, webhooks]) assertEqual(consumer, ledger)
    const changes = [...ledger.values()].reduce((sum, values) => sum + values.length, 0)
    t.diagnostic(
      `${changes} changes of ${PEOPLE} accounts in ${minutes} minutes; ${Object.entries(kills)
        .map(([who, n]) => `${who} killed ${n} times`)
        .join(', ')}`,
    )
    t.diagnostic(
      `repeated: ${broker.repetitions()} at the broker, ${webhooks.repetitions()} at the webhook; drained in ${drained} s`,
    )
  })

/** Makes the people of the load, what they sign in through, and an endpoint for what they do. */
async function populate({ settings, nodes: [node = ''] }: World, url: string): Promise<Person[]> {
  await using deps = await wire(loadConfig(settings))
  const { application } = await createApplication(deps, {
    name: 'Load',
    redirect_uri: 'https://load.example/callback',
    skipauth: true,
  })
  await addEndpoint(deps, { url, events: ['model.label.*'], description: 'Load' })
  const emails = Array.from({ length: PEOPLE }, (_, n) => `load${n}@example.com`)
  const people: Person[] = []
  for (const email of emails) {
    await createConfirmedAccount(deps, { email, password: PASSWORD, role: 'member', lasting: true })
    people.push(await signIn(node, email, PASSWORD, application.uid))
  }
  return people
}

function assertComplete(consumer: Consumer, ledger: Ledger): void {
  const lacking = [...ledger]
    .map(([uid, values]) => [uid, consumer.values.get(uid)?.length ?? 0, values.length] as const)
    .filter(([, arrived, wanted]) => arrived < wanted)
    .map(([uid, arrived, wanted]) => `${uid}: ${arrived} of ${wanted} arrived`)
  assert.deepEqual(lacking, [], consumer.name)
}

function assertEqual(consumer: Consumer, ledger: Ledger): void {
  for (const [uid, values] of ledger) assert.deepEqual(consumer.values.get(uid), values, consumer.name)
}
