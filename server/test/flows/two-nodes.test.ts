import { deepEqual, equal } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { cleanAll } from '../../src/cleaning.ts'
import { importAccounts } from '../../src/features/imports/imports.ts'
import { DAY, HOUR, iso } from '../../src/lib/clock.ts'
import { insertMany } from '../../src/platform/db/bulk.ts'
import { writeAccountsCsv } from '../support/account-files.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, theLevels } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'

onEachDatabase('Of two nodes that do the same at once', (newDatabase) => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-two-nodes-'))
  after(() => rmSync(folder, { recursive: true }))
  const settings = { BARONG_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), BARONG_DATA_DIR: folder }

  /** Has both nodes do it at the same moment, three of each. */
  const both = (nodes: readonly TestServer[], work: (node: TestServer) => Promise<unknown>) =>
    Promise.all([...nodes, ...nodes, ...nodes].map(work))
  const clean = (nodes: readonly TestServer[]) => both(nodes, ({ deps }) => cleanAll(deps))
  const pair = async () => {
    const url = await newDatabase()
    const stack = new AsyncDisposableStack()
    const one = stack.use(await testServer(url, settings))
    const other = stack.use(await testServer(url, settings))
    const pass = (ms: number) => {
      for (const { clock } of [one, other]) clock.advance(ms)
    }
    return { one, nodes: [one, other], pass, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  }

  test('one lifts a label whose time is over, with one event and one record', async () => {
    await using world = await pair()
    const { one, nodes, pass } = world
    await theLevels(one)
    const people = await Promise.all(Array.from({ length: 25 }, () => anAccount(one)))
    const now = iso(one.clock.now())
    const label = { key: 'hold', value: 'withdrawals', scope: 'private', created_at: now, updated_at: now }
    const expires_at = iso(one.clock.now() + HOUR)
    await insertMany(
      one.deps.db,
      'labels',
      people.map(({ id: account_id }) => ({ ...label, account_id, expires_at })),
    )
    pass(2 * HOUR)
    await clean(nodes)
    equal((await one.deps.db.selectFrom('labels').select('id').where('key', '=', 'hold').execute()).length, 0)
    equal(await countRecords(one, 'label.deleted'), people.length)
    await one.deliver()
    equal(one.events.filter(({ name }) => name === 'model.label.deleted').length, people.length)
  })

  test('one brings each account in line with changed levels, and one says that it is done', async () => {
    await using world = await pair()
    const { one, nodes } = world
    await theLevels(one)
    const people = await Promise.all(Array.from({ length: 420 }, () => anAccount(one)))
    await one.deps.db
      .insertInto('level_changes')
      .values({ created_at: iso(one.clock.now()) })
      .execute()
    await one.deps.db.updateTable('accounts').set({ level: 3 }).execute()
    await clean(nodes)
    const { changed, finished_at } = await one.deps.db
      .selectFrom('level_changes')
      .selectAll()
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    deepEqual([changed, finished_at === null], [people.length, false])
    equal(await countRecords(one, 'levels.applied'), 1)
    await one.deliver()
    equal(one.events.filter(({ name }) => name === 'model.account.updated').length, people.length)
  })

  test('one makes a new signing key when the newest is old', async () => {
    await using world = await pair()
    const { one, nodes, pass } = world
    const count = async () => (await one.deps.db.selectFrom('signing_keys').select('kid').execute()).length
    const before = await count()
    pass(400 * DAY)
    await clean(nodes)
    const made = (await count()) - before
    equal(
      made,
      new Set(
        (await one.deps.db.selectFrom('signing_keys').select('algorithm').execute()).map(({ algorithm }) => algorithm),
      ).size,
    )
  })

  test('both remove what ended long ago, and neither stumbles over the other', async () => {
    await using world = await pair()
    const { one, nodes, pass } = world
    const account = await anAccount(one)
    for (let count = 0; count < 10; count += 1) await aToken(one, account)
    const keys = Array.from({ length: 10 }, (_, index) => `documents/nobody-${index}`)
    for (const key of keys) await one.deps.blobs.put(key, Readable.from([Buffer.from(key)]))
    const created_at = iso(one.clock.now())
    await insertMany(
      one.deps.db,
      'unclaimed_blobs',
      keys.map((blob_key) => ({ blob_key, created_at })),
    )
    pass(10 * DAY)
    await clean(nodes)
    deepEqual(await one.deps.db.selectFrom('sessions').select('id').execute(), [])
    deepEqual(await one.deps.db.selectFrom('unclaimed_blobs').select('blob_key').execute(), [])
  })

  test('one takes in each person of a file', async () => {
    await using world = await pair()
    const { one, nodes } = world
    await theLevels(one)
    const file = join(folder, 'people.csv')
    await writeAccountsCsv(file, 2500)
    const reports = await Promise.all(
      nodes.map(({ deps }, index) => importAccounts(deps, file, { report: join(folder, `${index}.ndjson`) })),
    )
    const imported = reports.reduce((sum, { tallies }) => sum + (tallies['accounts']?.imported ?? 0), 0)
    equal(imported, 2500)
    equal((await one.deps.db.selectFrom('accounts').select('id').execute()).length, 2500)
    equal((await one.deps.db.selectFrom('phones').select('id').execute()).length, 1250)
  })
})

async function countRecords({ deps: { db } }: TestServer, action: string): Promise<number> {
  return (await db.selectFrom('audit_records').select('id').where('action', '=', action).execute()).length
}
