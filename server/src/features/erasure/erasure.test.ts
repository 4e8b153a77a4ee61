import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aPhone, aProfile, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { aPng, multipart } from '../../../test/support/multipart.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso } from '../../lib/clock.ts'
import { targetOf } from '../../platform/events/revocations.ts'
import { openProfile } from '../profiles/profiles.ts'
import { eraseAccount, eraseAndScrubLater } from './erasure.ts'
import { LOOSE } from './store.ts'

const TRACES = [
  'ada.the.person@example.com',
  'Lovelace',
  'St James',
  '1990-12-10',
  '447418084106',
  'PASSPORT77',
  '203.0.113.9',
]

/** Somebody with everything a person can have here. */
async function aPerson(server: TestServer) {
  const account = await anAccount(server, { email: 'ada.the.person@example.com' })
  await aProfile(server, account)
  await aPhone(server, account, { number: '447418084106' })
  const token = await aToken(server, account)
  const upload = { filename: 'a.png', content: aPng(108), type: 'image/png' }
  const form = multipart([
    ['doc_expire', '2099-12-31'],
    ['doc_type', 'Passport'],
    ['doc_number', 'PASSPORT77'],
    ['upload', upload],
  ])
  assert.equal((await server.call('POST', '/documents', { token, ...form })).status, 201)
  const { db, clock } = server.deps
  const message = { channel: 'mail', subject: 'Hello Lovelace', text: 'x', html: 'x', created_at: iso(clock.now()) }
  await db
    .insertInto('mailbox_messages')
    .values({ ...message, message_id: 'm1', recipient: account.email })
    .execute()
  await db.updateTable('sessions').set({ address: '203.0.113.9' }).where('account_id', '=', account.id).execute()
  return { account, token }
}

/** Everything the database and the document storage hold, as one text. */
async function everything(server: TestServer, kind: 'sqlite' | 'postgres'): Promise<string> {
  const { deps } = server
  const tables = await deps.db.introspection.getTables()
  const rows = await Promise.all(
    tables.map(async ({ name }) => (await sql`select * from ${sql.table(name)}`.execute(deps.db)).rows),
  )
  const { database } = deps.config
  const files = kind === 'sqlite' && database.kind === 'sqlite' ? globSync(`${database.file}*`) : []
  return [JSON.stringify(rows), ...files.map((file) => readFileSync(file, 'latin1'))].join('\n')
}

onEachDatabase('A person who is erased', (newDatabase, kind) => {
  // ASVS 14.2.4
  test('leaves nothing in tables, database files and document storage, and no key to what a backup holds', async () => {
    await using server = await testServer(await newDatabase())
    const { db, vault, config } = server.deps
    const other = await anAccount(server)
    await aProfile(server, other, { first_name: 'Grace', last_name: 'Hopper' })
    const { account, token } = await aPerson(server)
    const json = { email: account.email, password: PASSWORD }
    await server.call('POST', '/browser_session', { json, headers: { 'sec-fetch-site': 'same-origin' } })
    const consent = { kind: 'Consent', key_digest: 'of theirs', payload_sealed: 'what they allowed', expires_at: null }
    const of_nothing_else = { application_uid: null, grant_id: null, alias_digest: null }
    await db
      .insertInto('oauth_records')
      .values({ ...consent, ...of_nothing_else, account_uid: account.uid, created_at: iso(server.deps.clock.now()) })
      .execute()
    const signIns = db.selectFrom('oauth_records').select('kind').where('account_uid', '=', account.uid)
    assert.equal((await signIns.execute()).length, 2)
    const backup = await db.selectFrom('profiles').selectAll().where('account_id', '=', account.id).executeTakeFirst()
    assert.ok(backup)
    assert.equal(openProfile(await vault.keyOf(db, account.id), backup).last_name, 'Lovelace')
    assert.ok((await everything(server, kind)).includes('ada.the.person@example.com'))

    await eraseAccount(server.deps, account)

    const left = await everything(server, kind)
    for (const trace of TRACES) assert.ok(!left.includes(trace), trace)
    for (const sealed of [backup.first_name_sealed, backup.dob_sealed]) assert.ok(!left.includes(sealed))
    assert.deepEqual(globSync(join(config.data_dir, 'documents/**/*.blob')), [])
    await assert.rejects(vault.keyOf(db, account.id), /was destroyed/)
    assert.throws(() => openProfile({ seal: () => '', open: () => assert.fail('no key') }, backup))
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    assert.deepEqual(
      await signIns.execute(),
      [],
      'what applications and browsers were given is sealed under no key of the person',
    )
    const ended = await db.selectFrom('revocations').select('target').execute()
    assert.ok(
      ended.some(({ target }) => target === targetOf(account.uid)),
      'who verifies tokens by themselves is told',
    )
    const records = await db.selectFrom('audit_records').select('action').where('account_id', '=', account.id).execute()
    assert.deepEqual(
      records.map(({ action }) => action),
      ['account.erased'],
    )
    assert.equal(
      openProfile(
        await vault.keyOf(db, other.id),
        await db.selectFrom('profiles').selectAll().executeTakeFirstOrThrow(),
      ).last_name,
      'Hopper',
    )
  })

  // ASVS 10.3.3
  test('is erased again without harm, and leaves a uid that nobody else gets and an e-mail that anybody may use', async () => {
    await using server = await testServer(await newDatabase())
    const { account } = await aPerson(server)
    await eraseAccount(server.deps, account)
    await eraseAccount(server.deps, account)
    const row = await server.deps.db
      .selectFrom('accounts')
      .selectAll()
      .where('id', '=', account.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.uid, row.state, row.password_digest], [account.uid, 'banned', ''])
    await anAccount(server, { email: account.email })
    await aPhone(server, await anAccount(server), { number: '447418084106' })
  })

  test('is erased although a file of theirs cannot be removed now', async () => {
    await using server = await testServer(await newDatabase())
    const { deps } = server
    const { account } = await aPerson(server)
    let scrubbed = 0
    const remove = () => Promise.reject(new Error('The disk is read only'))
    const scrub = async () => {
      scrubbed += 1
    }
    await eraseAccount({ ...deps, blobs: { ...deps.blobs, remove }, scrubbing: { ...deps.scrubbing, scrub } }, account)
    assert.equal(scrubbed, 1)
    assert.equal((await deps.db.selectFrom('unclaimed_blobs').select('id').execute()).length, 1)
  })

  if (kind === 'postgres')
    test('keeps no connection of requests while the database overwrites them, however many are erased at once', async () => {
      const url = await newDatabase()
      const BARONG_MASTER_KEY = Buffer.alloc(32, 7).toString('base64')
      await using server = await testServer(url, { BARONG_MASTER_KEY, DATABASE_POOL: '4' })
      await using outside = await testServer(url, { BARONG_MASTER_KEY })
      const { db } = outside.deps
      const people = await Promise.all(Array.from({ length: 10 }, () => anAccount(server)))
      const vacuums = async () =>
        (
          await sql<{ query: string }>`select query from pg_stat_activity
            where datname = current_database() and query like 'vacuum %' and state = 'active'`.execute(db)
        ).rows
      const { promise: released, resolve: release } = Promise.withResolvers<void>()
      const { promise: locked, resolve: lock } = Promise.withResolvers<void>()
      const holding = db.transaction().execute(async (tx) => {
        await sql`lock table profiles in share update exclusive mode`.execute(tx)
        lock()
        await released
      })
      await locked
      await Promise.all(people.map((account) => eraseAndScrubLater(server.deps, account)))
      while ((await vacuums()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
      const asked = Array.from({ length: 8 }, () => sql`select 1`.execute(server.deps.db))
      assert.equal((await Promise.all(asked)).length, 8)
      const [running, ...more] = await vacuums()
      assert.match(running?.query ?? '', /"profiles"/)
      assert.doesNotMatch(running?.query ?? '', /"levels"/)
      assert.deepEqual(more, [])
      release()
      await holding
      await server.deps.scrubbing.scrub()
      assert.deepEqual(await vacuums(), [])
    })

  if (kind === 'sqlite')
    test('takes every table along that has something of accounts', async () => {
      await using server = await testServer(await newDatabase())
      const { db } = server.deps
      const spared = [...LOOSE, 'audit_records']
      for (const { name, columns } of await db.introspection.getTables()) {
        if (!columns.some((column) => column.name === 'account_id') || spared.includes(name)) continue
        const keys = sql<{
          table: string
          from: string
          on_delete: string
        }>`select * from pragma_foreign_key_list(${name})`
        const own = (await keys.execute(db)).rows.find(({ from }) => from === 'account_id')
        assert.deepEqual([own?.table, own?.on_delete], ['accounts', 'CASCADE'], name)
      }
    })
})
