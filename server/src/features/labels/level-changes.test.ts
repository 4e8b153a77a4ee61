import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { eventsOf } from '../../../test/support/mails.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { HOUR, iso } from '../../lib/clock.ts'
import { insertMany } from '../../platform/db/bulk.ts'
import { applyLevels } from './labels.ts'

const EMAIL = { key: 'email', value: 'verified', description: 'E-mail' }
const PHONE = { key: 'phone', value: 'verified', description: 'Phone' }
const ADDRESS = { key: 'address', value: 'verified', description: 'Address' }
const reason = 'a new rule'

onEachDatabase('The levels', (newDatabase) => {
  const prepared = async () => {
    const server = await testServer(await newDatabase())
    const admin = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, admin)
    const version: string = (await server.call('GET', '/admin/levels', { token })).body.version
    const put = (levels: unknown, extra = {}) =>
      server.call('PUT', '/admin/levels', { token, json: { levels, version, reason, ...extra } })
    return { server, admin, token, version, put }
  }

  test('are replaced as a whole, and every account has the level that its labels make from then on', async () => {
    const { server, admin, token, put } = await prepared()
    await using _ = server
    const person = await anAccount(server)
    const { status, body } = await put([{ ...ADDRESS, key: ' Address ' }, EMAIL])
    assert.equal(status, 200)
    assert.deepEqual(
      body.levels.map(({ level, key }: { level: number; key: string }) => [level, key]),
      [
        [1, 'address'],
        [2, 'email'],
      ],
    )
    assert.deepEqual([body.last_change.changed, typeof body.last_change.finished_at], [2, 'string'])
    assert.equal(await levelOf(server, person.id), 0)
    assert.deepEqual(await eventsOf(server, person), ['model.account.updated'])
    assert.ok(server.events.some(({ name, account_id }) => name === 'model.levels.updated' && account_id === null))
    const record = await recordOf(server, 'levels.changed')
    assert.equal(record.actor_id, String(admin.id))
    assert.deepEqual(JSON.parse(record.details ?? ''), {
      before: 'email:verified < phone:verified < document:verified',
      after: 'address:verified < email:verified',
      reason,
    })
    assert.deepEqual((await server.call('GET', '/admin/levels', { token })).body, body)
  })

  test('reach more accounts than one request looks at in the background, a bounded number at a time', async () => {
    const { server, put } = await prepared()
    await using _ = server
    await crowd(server, 1300)
    const { body } = await put([PHONE, EMAIL])
    assert.equal(body.last_change.finished_at, null)
    const looked: number[] = []
    for (let count = await applyLevels(server.deps); count > 0; count = await applyLevels(server.deps))
      looked.push(count)
    assert.deepEqual(looked, [200, 101])
    const { changed, finished_at } = await server.deps.db
      .selectFrom('level_changes')
      .selectAll()
      .executeTakeFirstOrThrow()
    assert.equal(changed, 1301)
    assert.notEqual(finished_at, null)
    assert.equal(JSON.parse((await recordOf(server, 'levels.applied')).details ?? '').changed, 1301)
    assert.equal(await applyLevels(server.deps), 0)
  })

  test('are followed as they are now, where they change again before all accounts followed', async () => {
    const { server, token, put } = await prepared()
    await using _ = server
    await crowd(server, 1300)
    await put([PHONE, EMAIL])
    const { version } = (await server.call('GET', '/admin/levels', { token })).body
    await put([ADDRESS], { version })
    const open = server.deps.db.selectFrom('level_changes').select('id').where('finished_at', 'is', null)
    assert.equal((await open.execute()).length, 1)
    while ((await applyLevels(server.deps)) > 0);
    assert.equal((await open.execute()).length, 0)
    const risen = server.deps.db.selectFrom('accounts').select('id').where('level', '>', 0)
    assert.deepEqual(await risen.execute(), [])
  })

  test('are not overwritten by somebody who saw earlier ones', async () => {
    const { server, put } = await prepared()
    await using _ = server
    const answers = await Promise.all([put([EMAIL, PHONE]), put([EMAIL, ADDRESS])])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
    const { count } = await server.deps.db
      .selectFrom('levels')
      .select(({ fn }) => fn.countAll<number | string>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(Number(count), 2)
  })

  test('are refused with what is wrong, and nothing changes', async () => {
    const { server, version, token, put } = await prepared()
    await using _ = server
    const refusals: [levels: unknown, error: string][] = [
      [[EMAIL, { ...EMAIL, description: 'again' }], 'Level 2: email:verified is there twice'],
      [[{ ...EMAIL, key: '<b>' }], 'Level 1: Key is invalid'],
      [[{ ...EMAIL, value: '' }], "Level 1: Value can't be blank"],
    ]
    for (const [levels, error] of refusals) {
      const { status, body } = await put(levels)
      assert.equal(status, 422)
      assert.ok(body.error.includes(error), body.error)
    }
    assert.equal((await put([])).status, 422)
    assert.equal((await put([EMAIL], { reason: undefined })).status, 422)
    assert.equal((await server.call('GET', '/admin/levels', { token })).body.version, version)
    server.clock.advance(HOUR)
    assert.equal((await put([EMAIL])).status, 403)
  })

  test('rest on labels that are listed by kind with how many accounts have each', async () => {
    const { server, token } = await prepared()
    await using _ = server
    await crowd(server, 30)
    const owner = await anAccount(server)
    await server.call('POST', '/labels', { token: await aToken(server, owner), json: { key: 'colour', value: 'red' } })
    const first = (await server.call('GET', '/admin/labels?limit=1', { token })).body
    assert.deepEqual(first.items, [{ scope: 'private', key: 'email', value: 'verified', count: 32, or_more: false }])
    const second = (await server.call('GET', `/admin/labels?cursor=${first.next}`, { token })).body
    assert.deepEqual(second.items, [{ scope: 'public', key: 'colour', value: 'red', count: 1, or_more: false }])
    assert.equal(second.next, null)
    for (const cursor of [
      'x',
      'W10',
      ...['{"a":1}', '["private","a\\u0000","b"]'].map((text) => Buffer.from(text).toString('base64url')),
    ])
      assert.equal((await server.call('GET', `/admin/labels?cursor=${cursor}`, { token })).status, 422)
  })
})

const levelOf = async ({ deps: { db } }: TestServer, id: number): Promise<number> =>
  (await db.selectFrom('accounts').select('level').where('id', '=', id).executeTakeFirstOrThrow()).level

const recordOf = ({ deps: { db } }: TestServer, action: string) =>
  db.selectFrom('audit_records').selectAll().where('action', '=', action).executeTakeFirstOrThrow()

/** Accounts of level 1 with the label of their e-mail. */
async function crowd({ deps: { db, clock } }: TestServer, size: number): Promise<void> {
  const now = iso(clock.now())
  const dates = { created_at: now, updated_at: now }
  const row = { password_digest: 'x', role: 'member', state: 'active', level: 1, ...dates }
  const accounts = Array.from({ length: size }, (_, n) => ({ ...row, uid: `IDC${n}`, email: `crowd${n}@example.com` }))
  const ids = await insertMany(db, 'accounts', accounts, ['id'])
  const label = { key: 'email', value: 'verified', scope: 'private', ...dates }
  await insertMany(
    db,
    'labels',
    ids.map(({ id }) => ({ account_id: id, ...label })),
  )
}
