import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { loadConfig } from '../config/config.ts'
import { type Db, isPostgres, isUniqueViolation, type Tx } from './db.ts'
import { migrate } from './migrate.ts'
import { openDatabase } from './open.ts'
import { prepared, preparedInsert, preparedInsertBehind } from './prepared.ts'
import type { NewRow } from './schema.ts'

const now = '2026-02-03T04:05:06.789Z'
const record = (key_digest: string, more: Partial<NewRow<'oauth_records'>> = {}): NewRow<'oauth_records'> => ({
  kind: 'Test',
  key_digest,
  payload_sealed: 'x',
  created_at: now,
  ...more,
})

const found = prepared('test_record', (db, key: string) =>
  db.selectFrom('oauth_records').select(['key_digest', 'grant_id']).where('key_digest', '=', key),
)
const insert = preparedInsert('test_insert_record', (db, row: NewRow<'oauth_records'>) =>
  db.insertInto('oauth_records').values(row).returning(['key_digest', 'grant_id']),
)
const insertBehind = preparedInsertBehind('test_insert_behind', (db, row: NewRow<'oauth_records'>) =>
  db.insertInto('oauth_records').values(row),
)

onEachDatabase('Prepared queries', (newDatabase) => {
  const withDatabase = async (work: (db: Db) => Promise<void>) => {
    const settings = loadConfig({ DATABASE_URL: await newDatabase('tables'), DATABASE_POOL: '4' }).database
    const db = openDatabase(settings)
    try {
      await migrate(db, settings.kind)
      await work(db)
    } finally {
      await db.destroy()
    }
  }

  test('insert rows of whichever columns, in whichever order', () =>
    withDatabase(async (db) => {
      const written = []
      for (const row of [record('a'), record('b', { grant_id: 'of b' }), record('c', { grant_id: null }), record('d')])
        written.push(...(await insert(db, row)))
      deepEqual(
        written.map(({ key_digest, grant_id }) => [key_digest, grant_id]),
        [
          ['a', null],
          ['b', 'of b'],
          ['c', null],
          ['d', null],
        ],
      )
      const { created_at, payload_sealed, key_digest, kind } = record('e')
      equal((await insert(db, { created_at, payload_sealed, key_digest, kind }))[0]?.key_digest, 'e')
      equal((await found(db, 'b'))[0]?.grant_id, 'of b')
    }))

  test('see what their own transaction wrote, and others see it after its end only', () =>
    withDatabase(async (db) => {
      await found(db, 'a')
      await db.transaction().execute(async (tx) => {
        await insert(tx, record('a'))
        equal((await found(tx, 'a')).length, 1)
        equal((await found(db, 'a')).length, 0)
      })
      equal((await found(db, 'a')).length, 1)
      await rejects(
        db.transaction().execute(async (tx) => {
          await insert(tx, record('z'))
          throw new Error('undone')
        }),
        /undone/,
      )
      equal((await found(db, 'z')).length, 0)
    }))

  test('written behind are seen by what follows them, and undone with their transaction', () =>
    withDatabase(async (db) => {
      await db.transaction().execute(async (tx) => {
        await insertBehind(tx, record('a'))
        equal((await found(tx, 'a')).length, 1)
      })
      equal((await found(db, 'a')).length, 1)
      await rejects(
        db.transaction().execute(async (tx) => {
          await insertBehind(tx, record('z'))
          throw new Error('undone')
        }),
        /undone/,
      )
      equal((await found(db, 'z')).length, 0)
    }))

  test('written behind and refused fail their transaction by the rule that they broke', () =>
    withDatabase(async (db) => {
      await insert(db, record('a'))
      for (const more of [async () => {}, async (tx: Tx) => void (await found(tx, 'a'))])
        await rejects(
          db.transaction().execute(async (tx) => {
            await insert(tx, record('b'))
            await insertBehind(tx, record('a'))
            await more(tx)
          }),
          isUniqueViolation,
        )
      equal((await found(db, 'b')).length, 0)
      await insert(db, record('b'))
    }))

  test('are undone with a transaction that goes on after one of them failed, and whoever asked for it is told', () =>
    withDatabase(async (db) => {
      if (!isPostgres(db)) return
      await insert(db, record('a'))
      const going = db.transaction().execute(async (tx) => {
        await insert(tx, record('b'))
        await insert(tx, record('a')).catch(() => {})
      })
      await rejects(going, /was undone/)
      equal((await found(db, 'b')).length, 0)
    }))

  test('are refused after the end of their transaction', () =>
    withDatabase(async (db) => {
      const left = await db.transaction().execute(async (tx) => {
        await insert(tx, record('a'))
        return tx
      })
      await rejects(insert(left, record('b')), /over/)
      await rejects(left.deleteFrom('oauth_records').execute(), /over/)
      equal((await found(db, 'a')).length, 1)
    }))

  test('that do not take their parameters in order are refused when they are first used', () =>
    withDatabase(async (db) => {
      const wrong = prepared('test_wrong', (tx, key: string, value: string) =>
        tx.selectFrom('oauth_records').select('id').where('kind', '=', value).where('key_digest', '=', key),
      )
      await rejects(async () => wrong(db, 'a', 'b'), /in their order/)
    }))
})
