import { deepEqual, match, ok, rejects } from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hash } from 'bcryptjs'
import { sql } from 'kysely'
import { importBarong1 } from '../../src/features/imports/imports.ts'
import { plantSeeds, readSeedFile } from '../../src/features/seeds/seeds.ts'
import { seconds } from '../../src/lib/clock.ts'
import { Unavailable } from '../../src/lib/errors.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { writeBarong1Dump } from '../support/barong1-dump.ts'
import { aJws, anEcKey } from '../support/client-keys.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { type TestServer, testServer } from '../support/server.ts'
import { manage, signersAllowed } from '../support/signers.ts'

const LATER = { error: 'The service is unavailable, please try again in a moment' }

let postgres: Postgres | undefined
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres?.[Symbol.asyncDispose]())

async function open(settings: Record<string, string> = {}): Promise<TestServer> {
  if (!postgres) throw new Error('PostgreSQL is not started yet.')
  return testServer(await postgres.createDatabase(), settings)
}

/** Has PostgreSQL undo every transaction that adds to the table, as it does to one of two that stand in each other's way. */
async function undo({ deps: { db } }: TestServer, table: string): Promise<void> {
  await sql`create function undone() returns trigger language plpgsql as
    $$ begin raise exception 'deadlock detected' using errcode = '40P01'; end $$`.execute(db)
  await sql`create trigger undone before insert on ${sql.table(table)} execute function undone()`.execute(db)
}

const refusals = async ({ deps: { db } }: TestServer): Promise<string[]> =>
  (await db.selectFrom('audit_records').select('action').where('action', 'like', '%.refused').execute()).map(
    ({ action }) => action,
  )

test('an exchange of a token that the database undid is no refusal of the key', async () => {
  await using server = await open()
  const key = anEcKey()
  const { token, app } = await anAuthenticator(server, await anAccount(server))
  const json = { public_key: key.public_key, totp_code: app.next() }
  const { uid } = (await server.call('POST', '/api_keys', { token, json })).body
  const now = seconds(server.clock.now())
  const claims = { sub: 'api_key_jwt', iss: 'external', iat: now, exp: now + 60, jti: 'one' }
  await undo(server, 'api_key_nonces')
  const jwt_token = aJws(key, { alg: 'ES256' }, claims, 'sha256')
  const { status, body, headers } = await server.call('POST', '/sessions/generate_jwt', {
    json: { kid: uid, jwt_token },
  })
  deepEqual([status, body, headers['retry-after']], [503, LATER, '2'])
  deepEqual(await refusals(server), [])
})

test('what a service asked that the database undid is no refusal of the service', async () => {
  await using server = await open(signersAllowed())
  const { uid } = await anAccount(server)
  await undo(server, 'labels')
  const { status, body } = await manage(server, '/labels', { account_uid: uid, key: 'phone', value: 'verified' })
  deepEqual([status, body], [503, LATER])
  deepEqual(await refusals(server), [])
})

test('a person whose profile the database undid may be moved in a moment later', async () => {
  await using server = await open(signersAllowed())
  const person = {
    ...{ email: 'a@example.com', password_hash: await hash('Qwerty123', 4) },
    ...{ first_name: 'John', last_name: 'Doe', dob: '2000-01-31' },
    ...{ address: 'Main 1', postcode: '123', city: 'Paris', country: 'FR' },
  }
  await undo(server, 'profiles')
  const { status, body } = await manage(server, '/accounts/import', person)
  deepEqual([status, body], [503, LATER])
  deepEqual(await refusals(server), [])
})

test('an import ends where the database undoes something, and leaves nothing out', async () => {
  await using server = await open()
  const folder = mkdtempSync(join(tmpdir(), 'barong-undone-'))
  try {
    const [dump, report] = [join(folder, 'dump.sql'), join(folder, 'report.ndjson')]
    await writeBarong1Dump(dump, 4)
    await undo(server, 'applications')
    await rejects(importBarong1(server.deps, dump, { report }), Unavailable)
    ok(!existsSync(report) || !readFileSync(report, 'utf8').includes('oauth_applications'))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('seeds that the database undid are no mistake of their file', async () => {
  await using server = await open()
  await undo(server, 'applications')
  const seeds = readSeedFile('seeds.yml', 'applications:\n  - name: Shop\n')
  await rejects(plantSeeds(server.deps, seeds), Unavailable)
})

test('a form that the database undid is shown once more with 503, and when to send it again', async () => {
  await using server = await open()
  const { email } = await anAccount(server)
  await undo(server, 'sessions')
  const form = { email, password: PASSWORD }
  const headers = { accept: 'text/html' }
  const answer = await server.call('POST', 'http://barong.test/sign-in', { form, headers })
  deepEqual([answer.status, answer.headers['retry-after']], [503, '2'])
  match(String(answer.body), /The service is unavailable/)
  match(String(answer.body), new RegExp(`value="${email}"`))
})
