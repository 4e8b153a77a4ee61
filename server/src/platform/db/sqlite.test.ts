import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Generated, Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { Unavailable } from '../../lib/errors.ts'
import { sqliteDialect } from './sqlite.ts'

interface Tables {
  things: { id: Generated<number>; name: string; size: number | null }
}

const directory = mkdtempSync(join(tmpdir(), 'barong-sqlite-driver-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let count = 0
const newFile = () => join(directory, `${++count}.sqlite`)

async function open(file: string) {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) })
  await sql`create table if not exists things (id integer primary key autoincrement, name text not null unique, size integer)`.execute(
    db,
  )
  return db
}
const names = async (db: Kysely<Tables>) =>
  (await db.selectFrom('things').select('name').orderBy('id').execute()).map(({ name }) => name)

test('a transaction that throws leaves nothing behind, and the connection free', async () => {
  await using db = await open(newFile())
  const failing = db.transaction().execute(async (tx) => {
    await tx.insertInto('things').values({ name: 'lost', size: 1 }).execute()
    throw new Error('on purpose')
  })
  await assert.rejects(failing, /on purpose/)
  assert.deepEqual(await names(db), [])
  await db.insertInto('things').values({ name: 'kept', size: null }).execute()
  assert.deepEqual(await names(db), ['kept'])
})

test('a full disk is told from a mistake, loses nothing that was answered, and is over once there is room', async () => {
  await using db = await open(newFile())
  await sql`pragma max_page_count = 8`.execute(db)
  const write = (name: string) => db.insertInto('things').values({ name, size: null }).execute()
  const big = (letter: string) => letter.repeat(9000)
  await write('before')
  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((letter) => write(big(letter))))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.ok(refused.length > 0)
  for (const { reason } of refused) {
    assert.ok(reason instanceof Unavailable, String(reason))
    assert.deepEqual([reason.answer.status, reason.answer.headers], [503, { 'retry-after': '2' }])
  }
  assert.equal((await names(db)).length, 1 + outcomes.length - refused.length)
  await sql`pragma max_page_count = 10000`.execute(db)
  await write('after')
  assert.equal((await names(db)).at(-1), 'after')
})

test('transactions asked for at once run one after the other, and reads see whole ones', async () => {
  await using db = await open(newFile())
  await db.insertInto('things').values({ name: 'counter', size: 0 }).execute()
  const increment = () =>
    db.transaction().execute(async (tx) => {
      const { size } = await tx.selectFrom('things').select('size').executeTakeFirstOrThrow()
      await new Promise((resolve) => setImmediate(resolve))
      await tx
        .updateTable('things')
        .set({ size: Number(size) + 1 })
        .execute()
    })
  await Promise.all(Array.from({ length: 20 }, increment))
  const { size } = await db.selectFrom('things').select('size').executeTakeFirstOrThrow()
  assert.equal(size, 20)
})

test('a second connection waits for the transaction of the first, and everything else goes on', async () => {
  const file = newFile()
  await using first = await open(file)
  await using second = await open(file)
  const order: string[] = []
  const began = Promise.withResolvers<void>()
  const slow = first.transaction().execute(async (tx) => {
    await tx.insertInto('things').values({ name: 'first', size: 1 }).execute()
    began.resolve()
    await new Promise((resolve) => setTimeout(resolve, 60))
    order.push('first')
  })
  await began.promise
  const timer = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => order.push('timer'))
  assert.deepEqual(await names(second), [])
  const waiting = second.transaction().execute(async (tx) => {
    order.push('second')
    await tx.insertInto('things').values({ name: 'second', size: 2 }).execute()
  })
  const single = second.insertInto('things').values({ name: 'third', size: 3 }).execute()
  await Promise.all([slow, waiting, single, timer])
  assert.deepEqual(order, ['timer', 'first', 'second'])
  assert.deepEqual(await names(first), ['first', 'second', 'third'])
})

test('tells how many rows changed, and returns rows where they are asked for', async () => {
  await using db = await open(newFile())
  const inserted = await db.insertInto('things').values({ name: 'one', size: 1 }).executeTakeFirstOrThrow()
  assert.deepEqual([inserted.insertId, inserted.numInsertedOrUpdatedRows], [1n, 1n])
  const returned = await db.insertInto('things').values({ name: 'two', size: null }).returningAll().execute()
  assert.deepEqual(
    returned.map((row) => ({ ...row })),
    [{ id: 2, name: 'two', size: null }],
  )
  const { numUpdatedRows } = await db.updateTable('things').set({ size: 5 }).executeTakeFirstOrThrow()
  assert.equal(numUpdatedRows, 2n)
  const { numDeletedRows } = await db.deleteFrom('things').where('size', '>', 9).executeTakeFirstOrThrow()
  assert.equal(numDeletedRows, 0n)
})

test('a prepared statement that is kept sees a column that was added since', async () => {
  await using db = await open(newFile())
  await db.insertInto('things').values({ name: 'one', size: 1 }).execute()
  const all = () => db.selectFrom('things').selectAll().execute()
  await all()
  await sql`alter table things add column color text default 'red'`.execute(db)
  assert.deepEqual(
    (await all()).map((row) => ({ ...row })),
    [{ id: 1, name: 'one', size: 1, color: 'red' }],
  )
})

test('a thousand different statements are each right, though fewer are kept', async () => {
  await using db = await open(newFile())
  for (let number = 0; number < 1000; number++) {
    const { rows } = await sql<{ n: number }>`select ${sql.lit(number)} as n`.execute(db)
    assert.equal(rows[0]?.n, number)
  }
})

test('values that SQLite has no type for are refused', async () => {
  await using db = await open(newFile())
  await assert.rejects(sql`select ${true} as yes`.execute(db), /boolean cannot be stored/)
})

test('foreign keys hold, and every commit waits for the disk', async () => {
  await using db = await open(newFile())
  const pragma = async (name: string) =>
    Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})
  assert.deepEqual(await pragma('foreign_keys'), [1])
  assert.deepEqual(await pragma('synchronous'), [2])
  assert.deepEqual(await pragma('journal_mode'), ['wal'])
})

test('a migration that fails midway leaves the tables as they were', async () => {
  await using db = new Kysely<Tables>({ dialect: sqliteDialect(newFile()) })
  const failing = {
    up: async (tx: Kysely<unknown>) => {
      await sql`create table half (id integer)`.execute(tx)
      throw new Error('on purpose')
    },
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ '0001-failing': failing }) } })
  const { error } = await migrator.migrateToLatest()
  assert.match(String(error), /on purpose/)
  const { rows } = await sql`select name from sqlite_master where name = 'half'`.execute(db)
  assert.deepEqual(rows, [])
})
