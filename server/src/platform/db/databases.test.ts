import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { iso } from '../../lib/clock.ts'
import { loadConfig } from '../config/config.ts'
import { lockAccount, patchAccount } from './accounts.ts'
import { type Db, isUniqueViolation, uniqueViolation } from './db.ts'
import { migrate, migrations } from './migrate.ts'
import { openDatabase } from './open.ts'
import { schemaState } from './schema-state.ts'

const settingsOf = (url: string) => loadConfig({ DATABASE_URL: url, DATABASE_POOL: '4' }).database
const now = '2026-02-03T04:05:06.789Z'
const account = (uid: string) => ({
  uid,
  email: `${uid}@example.com`,
  password_digest: 'x',
  role: 'member',
  state: 'active',
  created_at: now,
  updated_at: now,
})
const insert = (db: Db, uid: string) =>
  db.insertInto('accounts').values(account(uid)).returningAll().executeTakeFirstOrThrow()

onEachDatabase('The database', (newDatabase) => {
  const migrated = async () => {
    const settings = settingsOf(await newDatabase('tables'))
    const db = openDatabase(settings)
    await migrate(db, settings.kind)
    return db
  }

  test('is migrated once, also when several processes start at the same time', async () => {
    const settings = settingsOf(await newDatabase('tables'))
    await using one = openDatabase(settings)
    await using other = openDatabase(settings)
    await using third = openDatabase(settings)
    const known = migrations(settings.kind)
    const { pending } = await schemaState(one, known)
    const applied = await Promise.all([one, other, third].map((db) => migrate(db, settings.kind)))
    assert.deepEqual(applied.flat(), pending)
    assert.notEqual(pending.length, 0)
    assert.deepEqual(await schemaState(other, known), { pending: [], contracted: [] })
    assert.deepEqual(await migrate(third, settings.kind), [])
  })

  test('is refused at once where a migration of another release stands before one that is missing', async () => {
    const settings = settingsOf(await newDatabase('tables'))
    await using db = openDatabase(settings)
    const nothing = { up: async () => {} }
    await migrate(db, settings.kind, { '0001-one': nothing, '0002-theirs': nothing })
    const retries: string[] = []
    const ours = migrate(db, settings.kind, { '0001-one': nothing, '0001-two': nothing }, (why) => retries.push(why))
    await assert.rejects(ours, /corrupted migrations/)
    assert.deepEqual(retries, [])
  })

  test('gives timestamps as ISO texts with milliseconds and ids and counts as numbers', async () => {
    await using db = await migrated()
    const row = await insert(db, 'ID1')
    assert.deepEqual([row.id, row.level, row.created_at, row.confirmed_at], [1, 0, now, null])
    const { count } = await db
      .selectFrom('accounts')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(count, 1)
  })

  test('keeps instants of every year and time of day as they are', async () => {
    await using db = await migrated()
    const { id } = await insert(db, 'ID1')
    for (const instant of [
      '1970-01-01T00:00:00.000Z',
      '2026-03-29T01:30:00.001Z',
      '2099-12-31T23:59:59.999Z',
      iso(0),
    ]) {
      await db.updateTable('accounts').set({ confirmed_at: instant }).where('id', '=', id).execute()
      const row = await db.selectFrom('accounts').select('confirmed_at').executeTakeFirstOrThrow()
      assert.equal(row.confirmed_at, instant)
    }
  })

  test('tells by name which unique rule a row broke', async () => {
    await using db = await migrated()
    await insert(db, 'ID1')
    const same = await insert(db, 'ID1').catch((error: unknown) => error)
    assert.equal(isUniqueViolation(same), true)
    const sameEmail = await db
      .insertInto('accounts')
      .values({ ...account('ID2'), email: 'ID1@example.com' })
      .execute()
      .catch((error: unknown) => error)
    assert.match(uniqueViolation(sameEmail) ?? '', /email/)
    assert.doesNotMatch(uniqueViolation(sameEmail) ?? '', /uid/)
    const other = await sql`select nothing`.execute(db).catch((error: unknown) => error)
    assert.equal(isUniqueViolation(other), false)
    assert.equal(isUniqueViolation('not an error'), false)
  })

  // ASVS 16.5.3
  test('rolls a transaction back as a whole', async () => {
    await using db = await migrated()
    const failing = db.transaction().execute(async (tx) => {
      await insert(tx, 'ID1')
      throw new Error('on purpose')
    })
    await assert.rejects(failing, /on purpose/)
    assert.equal(await db.selectFrom('accounts').select('id').executeTakeFirst(), undefined)
  })

  // ASVS 2.3.4
  test('lets one transaction at a time count on a locked account', async () => {
    await using db = await migrated()
    const { id } = await insert(db, 'ID1')
    const count = () =>
      db.transaction().execute(async (tx) => {
        // Twice in one transaction, as behaviours that call each other do.
        await lockAccount(tx, id)
        const { failed_attempts } = await lockAccount(tx, id)
        await patchAccount(tx, id, { failed_attempts: failed_attempts + 1 })
      })
    await Promise.all(Array.from({ length: 15 }, count))
    const row = await db.selectFrom('accounts').select('failed_attempts').executeTakeFirstOrThrow()
    assert.equal(row.failed_attempts, 15)
  })

  test('takes what hangs on an account away with it', async () => {
    await using db = await migrated()
    const { id } = await insert(db, 'ID1')
    const label = {
      account_id: id,
      key: 'email',
      value: 'verified',
      scope: 'private',
      created_at: now,
      updated_at: now,
    }
    await db.insertInto('labels').values(label).execute()
    await db.deleteFrom('accounts').where('id', '=', id).execute()
    assert.equal(await db.selectFrom('labels').select('id').executeTakeFirst(), undefined)
    const orphan = db.insertInto('labels').values(label).execute()
    await assert.rejects(orphan)
  })

  test('has an index for every reference to another table', async () => {
    await using db = await migrated()
    const indexed = await leadingColumns(db)
    const missing = references.filter((reference) => !indexed.has(reference))
    assert.deepEqual(missing, [])
  })
})

const references = [
  'sessions.account_id',
  'sessions.application_id',
  'labels.account_id',
  'profiles.account_id',
  'phones.account_id',
  'documents.account_id',
  'api_keys.account_id',
  'api_key_nonces.api_key_id',
]

/** `table.column` for the first column of every index. */
async function leadingColumns(db: Db): Promise<Set<string>> {
  const found = new Set<string>()
  for (const reference of references) {
    const [table = ''] = reference.split('.')
    for (const column of await firstColumns(db, table)) found.add(`${table}.${column}`)
  }
  return found
}

async function firstColumns(db: Db, table: string): Promise<string[]> {
  const onSqlite = sql<{ name: string }>`
    select (select i.name from pragma_index_info(l.name) i where i.seqno = 0) as name from pragma_index_list(${table}) l`
  const onPostgres = sql<{ name: string }>`
    select a.attname as name from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = ${table}::regclass`
  const { rows } = await onSqlite.execute(db).catch(() => onPostgres.execute(db))
  return rows.map((row) => row.name)
}
