import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso, isoSeconds, MINUTE } from '../../lib/clock.ts'
import { type ActorKind, runAs } from '../../platform/acting/acting.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Action, audit, listActivities } from './audit.ts'

onEachDatabase('Activities', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let owner: Account
  let token: string
  before(async () => {
    owner = await anAccount(server())
    token = await aToken(server(), owner)
    await server().deps.db.deleteFrom('audit_records').execute()
  })

  const record = (kind: ActorKind, action: Action, account_id: number | null, refused?: string) => {
    const { deps } = server()
    const from = { address: '192.0.2.1', user_agent: 'Teapot/1', request_id: null }
    const entry = { action, account_id, ...(refused === undefined ? {} : { refused: { code: refused } }) }
    return runAs({ ...from, actor: { kind, id: `${kind} 1` } }, () =>
      deps.db.transaction().execute((tx) => audit(deps, tx, entry)),
    )
  }
  const read = (query = '') => server().call('GET', `/activities${query}`, { token })

  test('are what happened to the account itself, newest first, without the whereabouts of others', async () => {
    const stranger = await anAccount(server())
    await record('person', 'session.created', owner.id)
    await record('person', 'session.created', stranger.id)
    await record('person', 'session.created', null)
    await record('stranger', 'session.refused', owner.id, 'sessions.wrongCredentials')
    await record('signer', 'label.set', owner.id)
    const { status, body } = await read()
    assert.equal(status, 200)
    const at = isoSeconds(iso(server().clock.now()))
    const theirs = { address: '192.0.2.1', device: 'Teapot/1', at }
    assert.deepEqual(
      body.map(({ id: _, ...rest }: { id: number }) => rest),
      [
        { action: 'label.set', result: 'ok', by: 'signer', address: null, device: null, at },
        { action: 'session.refused', result: 'refused', by: 'stranger', ...theirs },
        { action: 'session.created', result: 'ok', by: 'person', ...theirs },
      ],
    )
  })

  test('are nothing of what staff and services do among themselves', async () => {
    const account = await anAccount(server())
    const theirToken = await aToken(server(), account)
    await server().deps.db.deleteFrom('audit_records').where('account_id', '=', account.id).execute()
    for (const action of ['note.added', 'document.viewed'] as const) await record('administrator', action, account.id)
    await record('administrator', 'staff.refused', account.id, 'permissions.denied')
    await record('signer', 'management.refused', account.id, 'management.unsigned')
    for (const action of ['management.account_read', 'management.labels_read'] as const)
      await record('signer', action, account.id)
    assert.deepEqual((await server().call('GET', '/activities', { token: theirToken })).body, [])
  })

  test('are read a page at a time, each once', async () => {
    const account = await anAccount(server())
    const theirToken = await aToken(server(), account)
    await server().deps.db.deleteFrom('audit_records').where('account_id', '=', account.id).execute()
    for (let count = 0; count < 7; count += 1) await record('person', 'password.changed', account.id)
    const ids: number[] = []
    for (let before = ''; ; before = `&before=${ids.at(-1)}`) {
      const { body } = await server().call('GET', `/activities?limit=3${before}`, { token: theirToken })
      if (body.length === 0) break
      ids.push(...body.map(({ id }: { id: number }) => id))
      // What comes in between does not move the pages.
      await record('person', 'password.changed', account.id)
    }
    assert.equal(ids.length, 7)
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((one, other) => other - one),
    )
  })

  test('are told of by topic: what changed who has access, and nothing that was refused', async () => {
    const account = await anAccount(server())
    const theirToken = await aToken(server(), account)
    await record('person', 'passkey.added', account.id)
    await record('person', 'profile.submitted', account.id)
    await record('person', 'password.changed', account.id, 'accounts.wrongPassword')
    const { body } = await server().call('GET', '/activities?topic=security', { token: theirToken })
    assert.deepEqual(
      body.map(({ action }: { action: string }) => action),
      ['passkey.added'],
    )
    const wrong = await read('?topic=all')
    assert.deepEqual([wrong.status, wrong.body], [422, { error: 'topic must be security' }])
  })

  test('come in pages of 1 to 100, after an id', async () => {
    for (const limit of ['0', '101', '-1', 'x', '1.5', '1e1']) {
      const { status, body } = await read(`?limit=${limit}`)
      assert.deepEqual([status, body], [422, { error: 'limit must be from 1 to 100' }], limit)
    }
    for (const before of ['x', '-1', '9'.repeat(16)]) {
      const { status, body } = await read(`?before=${before}`)
      assert.deepEqual([status, body], [422, { error: 'before must be the id of an activity' }], before)
    }
    assert.deepEqual((await read('?limit=')).body, { error: 'Limit is empty' })
    assert.equal((await read('?limit=1')).body.length, 1)
    assert.deepEqual((await read('?before=0')).body, [])
  })

  test('are neither for strangers nor for other people’s applications', async () => {
    const stranger = await server().call('GET', '/activities')
    assert.deepEqual([stranger.status, stranger.body], [401, { error: 'The access token is invalid' }])
    const { db } = server().deps
    const foreign = await aToken(server(), owner)
    await db
      .updateTable('sessions')
      .set({ scopes: 'profile kyc api_keys' })
      .where('id', '=', (eb) => eb.selectFrom('sessions').select((each) => each.fn.max('id').as('id')))
      .execute()
    assert.equal((await server().call('GET', '/activities', { token: foreign })).status, 403)
  })

  // ASVS 16.2.1, 16.2.2, 16.3.1
  test('are found by account, actor, action, result and time for those who review them', async () => {
    const { deps, clock } = server()
    const account = await anAccount(server())
    await deps.db.deleteFrom('audit_records').where('account_id', '=', account.id).execute()
    const since = iso(clock.now() + MINUTE)
    await record('person', 'label.set', account.id)
    clock.advance(MINUTE)
    await record('administrator', 'label.set', account.id)
    await record('administrator', 'label.deleted', account.id, 'labels.notFound')
    clock.advance(MINUTE)
    const until = iso(clock.now())
    await record('signer', 'label.deleted', account.id)
    const find = async (filters: Parameters<typeof listActivities>[1], limit?: string) =>
      (await listActivities(deps, { account_id: account.id, ...filters }, { limit })).map(
        ({ actor_kind }) => actor_kind,
      )

    assert.deepEqual(await find({}), ['signer', 'administrator', 'administrator', 'person'])
    assert.deepEqual(await find({}, '1'), ['signer'])
    assert.deepEqual(await find({ actor_kind: 'person' }), ['person'])
    assert.deepEqual(await find({ actor_id: 'signer 1' }), ['signer'])
    assert.deepEqual(await find({ action: 'label.set' }), ['administrator', 'person'])
    assert.deepEqual(await find({ result: 'refused' }), ['administrator'])
    assert.deepEqual(await find({ since }), ['signer', 'administrator', 'administrator'])
    assert.deepEqual(await find({ until }), ['administrator', 'administrator', 'person'])
    assert.deepEqual(await find({ since, until, result: 'ok' }), ['administrator'])
  })
})
