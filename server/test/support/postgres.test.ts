import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startPostgres } from './postgres.ts'
import { withClient } from './postgres-cluster.ts'

const setting = (url: string, name: string) =>
  withClient(url, async (client) => (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]?.[name])

test('each database is private and empty', async () => {
  await using postgres = await startPostgres()
  const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()])
  await withClient(one, (client) => client.query('CREATE TABLE things (id integer)'))
  const tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
  assert.deepEqual((await withClient(one, (client) => client.query(tables))).rows, [{ table_name: 'things' }])
  assert.deepEqual((await withClient(other, (client) => client.query(tables))).rows, [])
})

test('a database goes with its owner, also while somebody is connected', async () => {
  await using watcher = await startPostgres()
  const owner = await startPostgres()
  const { pathname } = new URL(await owner.createDatabase())
  await owner[Symbol.asyncDispose]()
  const { rows } = await withClient(watcher.url, (client) =>
    client.query('SELECT 1 FROM pg_database WHERE datname = $1', [pathname.slice(1)]),
  )
  assert.deepEqual(rows, [])
})

test('a durable cluster waits for the disk, the shared one does not', async () => {
  await using durable = await startPostgres({ durable: true })
  await using quick = await startPostgres()
  assert.equal(await setting(durable.url, 'fsync'), 'on')
  assert.equal(await setting(durable.url, 'synchronous_commit'), 'on')
  assert.equal(await setting(quick.url, 'fsync'), 'off')
})

test('letters beyond ASCII have a lower case, as in production', async () => {
  await using postgres = await startPostgres()
  const { rows } = await withClient(await postgres.createDatabase(), (client) =>
    client.query("SELECT lower('ÉŽ') AS text"),
  )
  assert.deepEqual(rows, [{ text: 'éž' }])
})
