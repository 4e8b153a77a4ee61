import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { cleanAll } from '../../src/cleaning.ts'
import { makeCheckpoint } from '../../src/features/audit/audit.ts'
import { importAccounts } from '../../src/features/imports/imports.ts'
import { iso, seconds } from '../../src/lib/clock.ts'
import { insertMany } from '../../src/platform/db/bulk.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { writeAccountsCsv } from '../support/account-files.ts'
import { aJws, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD, theLevels } from '../support/factories.ts'
import { type ListeningServer, listeningServer } from '../support/loopback.ts'
import { aClient, post, refresh, tokensOf } from '../support/oauth.ts'
import { isWork, type Ran, scannedTables, wholeReads } from '../support/plans.ts'
import type { TestServer } from '../support/server.ts'
import { ask, aTrader, BALANCES, ORDER } from '../support/traders.ts'

/**
 * What stays small whatever the number of accounts; `e` stands for webhook endpoints in SQLite's plans, and shared limits are
 * those of the few who use much of theirs within a minute.
 */
const SMALL = [
  'shared_limits',
  'applications',
  'levels',
  'level_changes',
  'signing_keys',
  'webhook_endpoints',
  'audit_checkpoints',
  'websites',
  'import_progress',
  'e',
]
const STRANGERS = 2000

onEachDatabase('With many accounts', (newDatabase, kind) => {
  const ran: Ran[] = []
  let server: ListeningServer
  let account: Account
  let token: string
  before(async () => {
    server = await listeningServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    await crowd(server)
    account = await anAccount(server)
    token = await aToken(server, account)
    // SQLite is judged as it plans by itself; told that a table is small, it reads it whole.
    if (kind === 'postgres') await sql`analyze`.execute(server.deps.db)
  })
  after(() => server[Symbol.asyncDispose]())

  /** The statements that a piece of work runs, without those that begin and end transactions. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<Ran[]> => {
    ran.length = 0
    await work()
    return ran.filter(isWork)
  }

  test('an authenticated request costs one query, and a read or the use of an API key writes nothing', async () => {
    const me = await statementsOf(async () => {
      equal((await server.call('GET', '/accounts/me', { token })).status, 200)
    })
    equal(me.length, 1)
    const labels = await statementsOf(async () => {
      equal((await server.call('GET', '/labels', { token })).status, 200)
    })
    equal(labels.length, 2)
    const { send } = await aTrader(server, { rate: '1000/1m', allowed_networks: '127.0.0.1' })
    const signed = await statementsOf(async () => {
      equal((await send(BALANCES)).statusCode, 200)
    })
    equal(signed.length, 2, 'whose key it is, and what is on hold')
    const gateway = await statementsOf(async () => {
      equal((await ask(server, ORDER, { authorization: `Bearer ${token}` })).statusCode, 200)
    })
    equal(gateway.length, 2)
    for (const each of [...me, ...labels, ...signed, ...gateway]) ok(/^(\/\*.*?\*\/ )?select/.test(each.sql), each.sql)
  })

  test('renewing a session costs seven statements, and the token of an API key five', async () => {
    const renewal = await statementsOf(async () => {
      equal((await server.call('POST', '/security/renew', { token, json: {} })).status, 201)
    })
    equal(renewal.length, 7, 'the session, the account, the session again, holds, and three rows')
    const json = await aSignedToken(server, account)
    const exchange = await statementsOf(async () => {
      equal((await server.call('POST', '/sessions/generate_jwt', { json })).status, 200)
    })
    // What a process counts in memory it looks up now and then.
    const own = exchange.filter(({ sql: text }) => !text.includes('limit_counters'))
    equal(own.length, 5, 'the key, its account, holds, and two rows')
  })

  test('no statement of a hot route or of the work behind it reads a large table from end to end', async () => {
    const { send } = await aTrader(server)
    const statements = await statementsOf(async () => {
      await everyHotRoute(server, account, token)
      await applications(server, account)
      await browsers(server, account)
      equal((await send(ORDER)).statusCode, 200)
      await server.deps.uses.flush()
      await server.deliver()
      await makeCheckpoint(server.deps, 'audit.signed')
      await importPeople(server)
      await cleanAll(server.deps)
    })
    ok(new Set(statements.map(({ sql }) => sql)).size > 60, 'too few statements were seen')
    const offences = await wholeReads(server.deps.db, statements, SMALL)
    deepEqual(offences, [])
  })
})

test('A plan that reads a table whole is recognised', () => {
  deepEqual(
    scannedTables(['Seq Scan on sessions  (cost=0.00..1.01 rows=1 width=8)', '  ->  Index Scan using x on y']),
    ['sessions'],
  )
  deepEqual(scannedTables(['SCAN sessions', 'SEARCH accounts USING INTEGER PRIMARY KEY (rowid=?)']), ['sessions'])
})

/** Accounts with a session and labels each. */
async function crowd(server: TestServer): Promise<void> {
  const { db, clock } = server.deps
  const now = iso(clock.now())
  const dates = { created_at: now, updated_at: now }
  const { id: application_id } = await anApplication(server)
  const accounts = Array.from({ length: STRANGERS }, (_, index) => ({
    uid: `IDCROWD${index}`,
    email: `crowd${index}@example.com`,
    password_digest: 'x',
    role: 'member',
    state: 'active',
    ...dates,
  }))
  const ids = (await insertMany(db, 'accounts', accounts, ['id'])).map(({ id }) => id)
  const session = { application_id, authenticated_at: now, created_at: now, expires_at: iso(clock.now() + 3_600_000) }
  await insertMany(
    db,
    'sessions',
    ids.map((account_id) => ({ jti: randomUUID(), account_id, ...session })),
  )
  for (const key of ['email', 'phone'])
    await insertMany(
      db,
      'labels',
      ids.map((account_id) => ({ account_id, key, value: 'verified', scope: 'private', ...dates })),
    )
}

async function everyHotRoute(server: TestServer, account: Account, token: string): Promise<void> {
  const { uid: application_id } = await anApplication(server)
  const call = async (status: number, ...request: Parameters<TestServer['call']>) => {
    const answer = await server.call(...request)
    equal(answer.status, status, JSON.stringify(answer.body))
    return answer.body
  }
  const json = { email: account.email, password: PASSWORD, application_id }
  await call(201, 'POST', '/sessions', { json })
  await call(401, 'POST', '/sessions', { json: { ...json, password: 'wrong' } })
  await call(200, 'GET', '/accounts/me', { token })
  await call(200, 'GET', '/labels', { token })
  await call(201, 'POST', '/security/renew', { token, json: {} })
  await call(200, 'GET', '/sessions', { token })
  await call(201, 'POST', '/accounts', { json: { email: `${randomUUID()}@example.com`, password: PASSWORD } })
  await call(200, 'POST', '/sessions/generate_jwt', { json: await aSignedToken(server, account) })
  const client = await aClient(server)
  const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
  const headers = { authorization }
  const url = server.deps.config.url
  const form = { grant_type: 'client_credentials' }
  const { access_token } = await call(200, 'POST', `${url}/oauth/token`, { headers, form })
  await call(200, 'POST', `${url}/oauth/introspect`, { headers, form: { token: access_token } })
}

/** A grant from its first tokens to the refreshed ones, and the feed of what was revoked. */
async function applications(server: ListeningServer, { email }: Account): Promise<void> {
  const client = await aClient(server)
  const params = { scope: 'openid offline_access profile', prompt: 'consent' }
  const { refresh_token, access_token } = await tokensOf(server, client, { email, password: PASSWORD }, { params })
  equal((await refresh(server, client, refresh_token)).status, 200)
  equal((await post(server, '/oauth/revoke', client, { token: access_token })).status, 200)
  equal((await server.call('GET', `${server.origin}/oauth/revocations`)).status, 200)
}

/** Signing a browser in, its tokens, and what gateways ask about it. */
async function browsers(server: ListeningServer, { email }: Account): Promise<void> {
  const json = { email, password: PASSWORD }
  const signedIn = await server.call('POST', '/browser_session', { json })
  equal(signedIn.status, 200, JSON.stringify(signedIn.body))
  const cookie = [signedIn.headers['set-cookie'] ?? []]
    .flat()
    .map((text) => String(text).split(';')[0])
    .join('; ')
  equal((await server.call('POST', '/sessions/jwt', { json: {}, headers: { cookie } })).status, 200)
  equal((await server.call('GET', '/authorize', { headers: { cookie } })).status, 200)
}

async function importPeople(server: ListeningServer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'barong-growth-'))
  await theLevels(server)
  await writeAccountsCsv(join(folder, 'people.csv'), 8)
  const { tallies } = await importAccounts(server.deps, join(folder, 'people.csv'), { report: join(folder, 'report') })
  ok((tallies['accounts']?.imported ?? 0) > 4, JSON.stringify(tallies))
  rmSync(folder, { recursive: true })
}

async function aSignedToken({ deps: { db, clock } }: TestServer, { id: account_id }: Account) {
  const key = anRsaKey()
  const now = iso(clock.now())
  const uid = randomUUID()
  const row = { uid, account_id, public_key: key.public_key, scopes: 'trade', expires_in: 3600, state: 'active' }
  await db
    .insertInto('api_keys')
    .values({ ...row, created_at: now, updated_at: now })
    .execute()
  const iat = seconds(clock.now())
  const claims = { iss: 'external', sub: 'api_key_jwt', jti: randomUUID(), iat, exp: iat + 60 }
  return { kid: uid, jwt_token: aJws(key, { typ: 'JWT', alg: 'RS256' }, claims) }
}
