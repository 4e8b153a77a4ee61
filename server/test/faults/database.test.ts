import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MINUTE } from '../../src/lib/clock.ts'
import { brokenWayTo } from '../support/broken-way.ts'
import { type Client, lostSessions, type Outcome, signInAt, useWithoutPause } from '../support/clients.ts'
import { anAccount, anApplication, aToken } from '../support/factories.ts'
import { startPostgres } from '../support/postgres.ts'
import { eventually, type Program, startProgram } from '../support/program.ts'
import { type RestartablePostgres, startRestartablePostgres } from '../support/restartable-postgres.ts'
import { testServer } from '../support/server.ts'

/** How often PostgreSQL is restarted; ten are for a quiet hour. */
const ROUNDS = Number(process.env['DATABASE_ROUNDS'] ?? 2)
const CLIENTS = 8
const SETTINGS = {
  ADMIN_PASSWORD: 'an owl that reads the map 4',
  BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  BARONG_LIMIT_EXEMPT: '127.0.0.1',
  BARONG_LIMIT_ACCOUNT_REQUESTS: 'off',
}

test('while PostgreSQL is away every surface says so in its form, and is well again when it is back', {
  timeout: 240_000,
}, async () => {
  await using postgres = await startRestartablePostgres()
  await using server = await testServer(postgres.url)
  const application = await anApplication(server)
  const token = await aToken(server, await anAccount(server))
  const form = { grant_type: 'client_credentials', client_id: application.uid, client_secret: 'wrong' }
  const asked = async () => ({
    ready: await server.call('GET', 'http://barong.test/health/ready'),
    live: await server.call('GET', 'http://barong.test/health/live'),
    api: await server.call('POST', '/sessions', {
      json: { email: 'a@example.com', password: 'x', application_id: application.uid },
    }),
    oauth: await server.call('POST', 'http://barong.test/oauth/token', { form }),
    info: await server.call('GET', 'http://barong.test/oauth/token/info', { token }),
    page: await server.call('POST', 'http://barong.test/sign-in', {
      form: { email: 'a@example.com', password: 'x' },
      headers: { accept: 'text/html' },
    }),
  })
  const before = await asked()
  await postgres.kill()
  // What serves a connection may outlive the server that was killed by a moment.
  await eventually(async () => {
    const { status } = await server.call('GET', 'http://barong.test/health/ready')
    return status === 503 ? true : undefined
  })
  const away = await asked()
  deepEqual([away.ready.status, away.live.status], [503, 200])
  deepEqual(away.api.body, { error: 'The service is unavailable, please try again in a moment' })
  equal(away.oauth.body.error, 'temporarily_unavailable')
  equal(away.info.body.error, 'temporarily_unavailable')
  match(String(away.page.body), /The service is unavailable/)
  for (const { status, headers } of [away.api, away.oauth, away.info, away.page])
    deepEqual([status, headers['retry-after']], [503, '2'])
  match((await server.deps.metrics.expose()).text, /^barong_database_up 0$/m)
  await postgres.start()
  const after = await asked()
  for (const name of ['ready', 'live', 'api', 'oauth', 'info', 'page'] as const)
    equal(after[name].status, before[name].status)
})

test('a process whose PostgreSQL says nothing any more is alive, also when it has not read its keys for long', {
  timeout: 60_000,
}, async () => {
  await using postgres = await startPostgres()
  await using way = await brokenWayTo(await postgres.createDatabase())
  await using server = await testServer(way.url)
  way.fallSilent()
  server.clock.advance(5 * MINUTE)
  const live = await server.call('GET', 'http://barong.test/health/live')
  deepEqual([live.status, live.body], [200, { status: 'ok' }])
  // Otherwise the end of its connections would be waited for.
  await way[Symbol.asyncDispose]()
})

test('PostgreSQL is restarted under load: nothing that was committed is lost, and errors end when it is back', {
  timeout: 240_000 + ROUNDS * 30_000,
}, async (t) => {
  await using postgres = await startRestartablePostgres()
  await using one = await startProgram(postgres.url, SETTINGS)
  await using other = await startProgram(postgres.url, SETTINGS)
  const nodes = [one, other]
  const token = await signInAt(one, SETTINGS.ADMIN_PASSWORD)
  const stop = new AbortController()
  const clients = Array.from({ length: CLIENTS }, () => useWithoutPause(nodes, token, stop.signal))
  const outages: Outage[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(1500)
    outages.push(await restart(postgres, nodes, round % 2 === 0 ? 'kill' : 'stop'))
  }
  await pause(1500)
  stop.abort()
  const outcomes = (await Promise.all(clients)).flatMap((client: Client) => client.outcomes)

  const failed = outcomes.filter(({ status }) => status >= 300)
  const outside = failed.filter((outcome) => !outages.some((outage) => overlap(outage, outcome)))
  deepEqual(outside, [], 'errors only while it was away')
  deepEqual(
    [...new Set(failed.map(({ status, retry_after }) => `${status} ${retry_after}`))],
    failed.length > 0 ? ['503 2'] : [],
  )
  equal(await lostSessions(one, outcomes), 0)
  for (const { back } of outages) ok(outcomes.some(({ began, status }) => began > back && status < 300))
  tell(t, outcomes, failed, outages)
})

/** From the end of PostgreSQL until both nodes are ready again; `up` is when it accepted connections itself. */
interface Outage {
  began: number
  up: number
  back: number
}

async function restart(postgres: RestartablePostgres, nodes: readonly Program[], how: 'kill' | 'stop') {
  const began = performance.now()
  await postgres[how]()
  await postgres.start()
  const up = performance.now()
  for (const { url } of nodes)
    await eventually(async () => ((await fetch(`${url}/health/ready`)).status === 200 ? true : undefined))
  return { began, up, back: performance.now() }
}

const overlap = (outage: Outage, { began, ended }: Outcome): boolean => began <= outage.back && ended >= outage.began

function tell(t: { diagnostic(text: string): void }, all: Outcome[], failed: Outcome[], outages: Outage[]): void {
  const times = outages.map(({ began, up, back }) => `${Math.round(up - began)}+${Math.round(back - up)}`)
  t.diagnostic(`${all.length} requests, ${failed.length} of them refused, ${outages.length} restarts; none lost`)
  t.diagnostic(`milliseconds away + until ready again: ${times.join(', ')}`)
}
