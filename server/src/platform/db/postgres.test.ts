import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { startPostgres } from '../../../test/support/postgres.ts'
import { Unavailable } from '../../lib/errors.ts'
import type { Db } from './db.ts'
import { migrate } from './migrate.ts'
import { openDatabase } from './open.ts'
import { createPoolWatch } from './pool-watch.ts'
import { isoOfTimestamp } from './postgres.ts'

test('a connection that is cut within a transaction fails the transaction, not the process', async () => {
  await using postgres = await startPostgres()
  const db = openDatabase({ kind: 'postgres', url: await postgres.createDatabase(), connections: 2 })
  try {
    const cut = db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db)
      // The news of the end arrives while nobody asks anything.
      await new Promise((resolve) => setTimeout(resolve, 100))
      await sql`select 1`.execute(tx)
    })
    await assert.rejects(cut)
    assert.deepEqual((await sql<{ one: number }>`select 1 as one`.execute(db)).rows, [{ one: 1 }])
  } finally {
    await db.destroy()
  }
})

// ASVS 13.2.1
test('each connection is made as whom the address names at its time, whose password may have changed since', async () => {
  await using postgres = await startPostgres()
  const url = await postgres.createDatabase()
  const successor = `successor_of_${new URL(url).pathname.slice(1)}`
  let current = url
  await using db = openDatabase({ kind: 'postgres', url, current_url: () => current, connections: 1 })
  const whoAmI = async (on: Db) => (await sql<{ name: string }>`select current_user as name`.execute(on)).rows[0]?.name
  await sql`create role ${sql.id(successor)} login`.execute(db)
  current = Object.assign(new URL(url), { username: successor }).href
  assert.equal(await whoAmI(db), new URL(url).username, 'who is there goes on')
  await assert.rejects(sql`select pg_terminate_backend(pg_backend_pid())`.execute(db))
  assert.equal(await whoAmI(db), successor)
  await using former = openDatabase({ kind: 'postgres', url, connections: 1 })
  await sql`drop role ${sql.id(successor)}`.execute(former)
})

test('the pool tells how many connections there are and how long each use waited for one', async () => {
  await using postgres = await startPostgres()
  const watch = createPoolWatch()
  const waits: number[] = []
  watch.onWait((ms) => waits.push(ms))
  await using db = openDatabase({ kind: 'postgres', url: await postgres.createDatabase(), connections: 2 }, [], watch)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const begun = [1, 2].map(() => Promise.withResolvers<void>())
  const uses = begun.map(({ resolve }) =>
    db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx)
      resolve()
      await released
    }),
  )
  await Promise.all(begun.map(({ promise }) => promise))
  const third = sql`select 1`.execute(db)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(watch.state(), { size: 2, open: 2, idle: 0, waiting: 1 })
  release()
  await Promise.all([...uses, third])
  assert.deepEqual(watch.state(), { size: 2, open: 2, idle: 2, waiting: 0 })
  assert.equal(waits.length, 3)
})

test('a transaction that is undone at its commit is not told as done', async () => {
  await using postgres = await startPostgres()
  await using db = openDatabase({ kind: 'postgres', url: await postgres.createDatabase(), connections: 2 })
  await sql`create table on_duty (name text primary key, yes boolean not null)`.execute(db)
  await sql`insert into on_duty values ('ann', true), ('bob', true)`.execute(db)
  const bothLooked = Promise.withResolvers<void>()
  let looked = 0
  // Each leaves only while the other is there: together they would leave nobody.
  const leave = (name: string) =>
    db
      .transaction()
      .setIsolationLevel('serializable')
      .execute(async (tx) => {
        await sql`select * from on_duty where yes`.execute(tx)
        looked += 1
        if (looked === 2) bothLooked.resolve()
        await bothLooked.promise
        await sql`update on_duty set yes = false where name = ${name}`.execute(tx)
      })
  const ends = await Promise.allSettled([leave('ann'), leave('bob')])
  const { rows } = await sql`select name from on_duty where yes`.execute(db)
  assert.deepEqual([ends.filter(({ status }) => status === 'rejected').length, rows.length], [1, 1])
})

test('a migration that waits for a table tells why it is tried again, and is made when the table is free', async () => {
  await using postgres = await startPostgres()
  await using db = openDatabase({ kind: 'postgres', url: await postgres.createDatabase(), connections: 4 })
  await sql`create table things (id integer)`.execute(db)
  const { promise: free, resolve: release } = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const use = db.transaction().execute(async (tx) => {
    await sql`lock table things`.execute(tx)
    locked.resolve()
    await free
  })
  await locked.promise
  const list = {
    '0001-name': { up: (one: Kysely<unknown>) => one.schema.alterTable('things').addColumn('name', 'text').execute() },
  }
  const told: string[] = []
  const applied = await migrate(db, 'postgres', list, (reason) => {
    told.push(reason)
    release()
  })
  await use
  assert.deepEqual([applied, told], [['0001-name'], ['canceling statement due to lock timeout']])
})

test('who waits for a connection while all are in use is refused after that time, and does not wait once more', async () => {
  await using postgres = await startPostgres()
  const url = await postgres.createDatabase()
  await using db = openDatabase({ kind: 'postgres', url, connections: 1, connect_timeout: 1000 })
  const read = () => sql`select 1`.execute(db)
  const { asked } = await db.connection().execute(async () => {
    const asked = read().catch((error: unknown) => error)
    // Then the connection is free again, and a second wait would end well.
    await pause(1500)
    return { asked }
  })
  assert.ok((await asked) instanceof Unavailable)
  await read()
})

test('a statement without an answer is given up with all that stands behind it, and its connection is not used again', async () => {
  await using postgres = await startPostgres()
  const url = await postgres.createDatabase()
  await using db = openDatabase({ kind: 'postgres', url, connections: 1, query_timeout: 1500 })
  const pid = async () => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0]?.pid
  const before = await pid()
  const told: unknown[] = []
  const tell = (error: unknown) => told.push(error instanceof Unavailable && error.cause)
  const lost = db.transaction().execute(async (tx) => {
    await sql`select pg_sleep(60)`.execute(tx).catch(tell)
    await sql`select 1`.execute(tx)
  })
  await lost.catch(tell)
  const [first, second] = told
  assert.match(String(first), /Query read timeout/)
  assert.equal(second, first, 'nothing was sent after it')
  assert.notEqual(await pid(), before)
})

test('timestamps become ISO texts, whatever their fraction and the time zone of the server', () => {
  const texts: Record<string, string> = {
    '2026-02-03 04:05:06+00': '2026-02-03T04:05:06.000Z',
    '2026-02-03 04:05:06.7+00': '2026-02-03T04:05:06.700Z',
    '2026-02-03 04:05:06.78+00': '2026-02-03T04:05:06.780Z',
    '2026-02-03 04:05:06.789+00': '2026-02-03T04:05:06.789Z',
    '2026-02-03 04:05:06.789123+00': '2026-02-03T04:05:06.789Z',
    '2026-02-03 04:05:06.789+02': '2026-02-03T02:05:06.789Z',
    '2026-02-03 04:05:06+05:30': '2026-02-02T22:35:06.000Z',
  }
  for (const [text, expected] of Object.entries(texts)) assert.equal(isoOfTimestamp(text), expected)
})
