import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { type Generated, Kysely } from 'kysely'
import { sqliteDialect } from './sqlite.ts'
import { writerOn } from './sqlite-group-commit.ts'
import { type Execute, executorOf } from './sqlite-statements.ts'

const directory = mkdtempSync(join(tmpdir(), 'barong-sqlite-group-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let count = 0
const newFile = () => join(directory, `${++count}.sqlite`)

/** A writer on a new file with one table, and the statements it ran; `refuse` makes statements of that text fail. */
function aWriter(refuse = '') {
  const database = new DatabaseSync(newFile())
  database.exec('pragma journal_mode = wal; create table things (name text not null unique)')
  const execute = executorOf(database)
  const ran: string[] = []
  const faults = { refuse }
  const run: Execute = (query) => {
    if (query.sql === faults.refuse) throw new Error('The disk is full.')
    ran.push(query.sql)
    return execute(query)
  }
  const insert = (name: string) => ({ sql: 'insert into things values (?)', parameters: [name] })
  const names = () => execute<{ name: string }>({ sql: 'select name from things order by name', parameters: [] }).rows
  return { writer: writerOn(database, run), ran, faults, insert, names: () => names().map(({ name }) => name) }
}

const commits = (ran: string[]) => ran.filter((sql) => sql === 'commit').length
const outcomes = async (tasks: Promise<unknown>[]) => (await Promise.allSettled(tasks)).map(({ status }) => status)

test('Writes of one moment share a commit', async () => {
  const { writer, ran, insert, names } = aWriter()
  await Promise.all(['a', 'b', 'c'].map((name) => writer.write(insert(name))))
  assert.equal(commits(ran), 1)
  assert.deepEqual(names(), ['a', 'b', 'c'])
  await writer.write(insert('d'))
  assert.equal(commits(ran), 2)
})

test('A write that breaks a rule takes nothing of the others along', async () => {
  const { writer, insert, names } = aWriter()
  const tasks = ['a', 'b', 'a', 'c'].map((name) => writer.write(insert(name)))
  assert.deepEqual(await outcomes(tasks), ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  assert.deepEqual(names(), ['a', 'b', 'c'])
})

test('Whoever is refused can read what refused them', async () => {
  const db = new Kysely<{ things: { id: Generated<number>; name: string } }>({ dialect: sqliteDialect(newFile()) })
  await db.schema
    .createTable('things')
    .addColumn('id', 'integer')
    .addColumn('name', 'text', (c) => c.unique())
    .execute()
  const read = async () => (await db.selectFrom('things').select('name').execute()).map(({ name }) => name)
  const insertAlone = () => db.insertInto('things').values({ name: 'a' }).execute()
  const insertWithin = () => db.transaction().execute((tx) => tx.insertInto('things').values({ name: 'a' }).execute())
  for (const insert of [insertAlone, insertWithin]) {
    await db.deleteFrom('things').execute()
    const outcomes = [1, 2, 3].map(() => insert().then(() => undefined, read))
    const seen = (await Promise.all(outcomes)).filter((rows) => rows !== undefined)
    assert.deepEqual(seen, [['a'], ['a']])
  }
  await db.destroy()
})

test('A transaction that is undone takes nothing of the others along', async () => {
  const { writer, insert, names } = aWriter()
  const first = writer.write(insert('a'))
  await writer.begin()
  writer.execute(insert('b'))
  const undone = writer.rollback()
  await Promise.all([first, undone, writer.write(insert('c'))])
  assert.deepEqual(names(), ['a', 'c'])
})

test('When the commit fails, everybody in it is told so, and the next one goes on', async () => {
  const { writer, faults, insert, names } = aWriter('commit')
  const tasks = ['a', 'b'].map((name) => writer.write(insert(name)))
  assert.deepEqual(await outcomes(tasks), ['rejected', 'rejected'])
  assert.deepEqual(names(), [])
  faults.refuse = ''
  await writer.write(insert('c'))
  assert.deepEqual(names(), ['c'])
})

test('When SQLite undoes everything by itself, everybody is told so, and the next one goes on', async () => {
  const { writer, insert, names } = aWriter()
  const first = writer.write(insert('a'))
  await writer.begin()
  assert.throws(() => writer.execute({ sql: "insert or rollback into things values ('a')", parameters: [] }))
  await writer.rollback()
  await assert.rejects(first)
  await writer.write(insert('b'))
  assert.deepEqual(names(), ['b'])
})

test('Nobody reads what is not on the disk yet', async () => {
  interface Tables {
    things: { id: Generated<number>; name: string }
  }
  await using db = new Kysely<Tables>({ dialect: sqliteDialect(newFile()) })
  await db.schema.createTable('things').addColumn('id', 'integer').addColumn('name', 'text').execute()
  const read = async () => (await db.selectFrom('things').select('name').execute()).map(({ name }) => name)
  const written = Promise.withResolvers<void>()
  const writing = db.transaction().execute(async (tx) => {
    await tx.insertInto('things').values({ name: 'a' }).execute()
    assert.equal((await tx.selectFrom('things').select('name').execute()).length, 1, 'it sees its own')
    written.resolve()
  })
  await written.promise
  assert.deepEqual(await read(), [])
  await writing
  assert.equal((await read()).length, 1)
})

test('A hundred transactions that count are each counted once', async () => {
  interface Tables {
    counters: { value: number }
  }
  await using db = new Kysely<Tables>({ dialect: sqliteDialect(newFile()) })
  await db.schema.createTable('counters').addColumn('value', 'integer').execute()
  await db.insertInto('counters').values({ value: 0 }).execute()
  const increment = (number: number) =>
    db.transaction().execute(async (tx) => {
      const { value } = await tx.selectFrom('counters').selectAll().executeTakeFirstOrThrow()
      if (number % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
      await tx
        .updateTable('counters')
        .set({ value: value + 1 })
        .execute()
      if (number % 10 === 0) throw new Error('on purpose')
    })
  const results = await outcomes(Array.from({ length: 100 }, (_, number) => increment(number)))
  assert.equal(results.filter((status) => status === 'rejected').length, 10)
  const { value } = await db.selectFrom('counters').selectAll().executeTakeFirstOrThrow()
  assert.equal(value, 90)
})
