import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLogServer, fillLog, readLog, recordAction } from '../../../test/support/audit.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import type { TestServer } from '../../../test/support/server.ts'
import { runAs } from '../../platform/acting/acting.ts'
import { audit, eraseAuditData, readDatabase, verifyLog } from './audit.ts'
import { chainAll } from './chainer.ts'
import { erasedPlaces } from './erasure.ts'
import { fromRanges, toRanges } from './ranges.ts'

const ACCOUNT = 3

const verify = ({ deps }: TestServer) => verifyLog(readDatabase(deps.db), { find: (kid) => deps.keys.find(kid) })
const erase = ({ deps }: TestServer, account_id = ACCOUNT) =>
  deps.db.transaction().execute((tx) => eraseAuditData(deps, tx, account_id))
const rows = ({ deps }: TestServer) => deps.db.selectFrom('audit_records').selectAll().orderBy('id').execute()

onEachDatabase('Erasing a person from the audit log', (newDatabase) => {
  test('leaves nothing of them and keeps the chain whole, also for what was not chained yet', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 70, 20)
    const before = await rows(server)
    const concerned = before.filter(({ account_id }) => account_id === ACCOUNT)
    await erase(server)
    await chainAll(server.deps, { sign: true })

    const erased = await rows(server)
    assert.equal(erased.filter(({ account_id }) => account_id === ACCOUNT).length, 0)
    const bare = erased.filter(({ subject_salt }) => subject_salt === null)
    assert.deepEqual(
      bare.map(({ id }) => id),
      concerned.map(({ id }) => id),
    )
    for (const { actor_kind, actor_id, address, user_agent, details } of bare) {
      const isKnown = ['administrator', 'signer', 'system'].includes(actor_kind)
      assert.deepEqual([actor_id !== null, address !== null, details], [isKnown, isKnown, null])
      if (!isKnown) assert.equal(user_agent, null)
    }
    const untouched = erased.slice(0, 70).filter(({ id }) => !concerned.some((record) => record.id === id))
    assert.ok(untouched.every(({ actor_salt, subject_salt }) => actor_salt !== null && subject_salt !== null))
    const verdict = await verify(server)
    assert.deepEqual([verdict.broken, verdict.records], [undefined, 71])
  })

  test('lets nobody write somebody else into what was left bare', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 70, 20)
    await erase(server)
    await chainAll(server.deps, { sign: true })
    const [bare] = (await rows(server)).filter(({ subject_salt }) => subject_salt === null)
    const forged = server.deps.db
      .updateTable('audit_records')
      .set({ account_id: 8 })
      .where('id', '=', bare?.id ?? 0)
    await forged.execute()
    const { broken } = await verify(server)
    assert.deepEqual([broken?.seq, broken?.why], [bare?.seq, 'its subject was changed'])
  })

  test('takes them out of records on others where they acted', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { deps } = server
    const administrator = {
      actor: { kind: 'administrator', id: String(ACCOUNT) },
      address: '192.0.2.1',
      user_agent: 'Teapot/1',
      request_id: null,
    } as const
    await runAs(administrator, () =>
      deps.db
        .transaction()
        .execute((tx) =>
          audit(deps, tx, { action: 'account.role_changed', account_id: 9, details: { role: 'admin' } }),
        ),
    )
    const signer = { ...administrator, actor: { kind: 'signer', id: String(ACCOUNT) } } as const
    await runAs(signer, () =>
      deps.db.transaction().execute((tx) => audit(deps, tx, { action: 'label.set', account_id: 9 })),
    )
    await erase(server)
    const [record, bySigner] = await rows(server)
    assert.deepEqual(
      [record?.actor_id, record?.address, record?.account_id, record?.details],
      [null, null, 9, '{"role":"admin"}'],
    )
    assert.equal(bySigner?.actor_id, String(ACCOUNT))
    await chainAll(deps, { sign: true })
    assert.equal((await verify(server)).broken, undefined)
  })

  test('tells who erased, unless it was the person', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 20, 20)
    const who = { address: '192.0.2.1', user_agent: 'Teapot/1', request_id: null }
    await runAs({ ...who, actor: { kind: 'person', id: String(ACCOUNT) } }, () => erase(server))
    await runAs({ ...who, actor: { kind: 'administrator', id: '99' } }, () => erase(server, 4))
    const erasures = (await rows(server)).filter(({ action }) => action === 'audit.erased')
    assert.deepEqual(
      erasures.map(({ actor_kind, actor_id, address, account_id }) => [actor_kind, actor_id, address, account_id]),
      [
        ['person', null, null, null],
        ['administrator', '99', '192.0.2.1', null],
      ],
    )
    assert.equal((await verify(server)).broken, undefined)
  })

  test('twice, and of nobody, changes nothing more', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 20, 20)
    await erase(server)
    const before = await rows(server)
    await erase(server)
    await erase(server, 12_345)
    assert.deepEqual(await rows(server), before)
  })

  test('does not cover what somebody else removes', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 40, 20)
    await erase(server)
    const bare = { account_id: null, details: null, subject_salt: null }
    const { db } = server.deps
    await db.updateTable('audit_records').set(bare).where('seq', '=', 11).execute()
    await chainAll(server.deps, { sign: true })
    assert.deepEqual((await verify(server)).broken, {
      what: 'record',
      seq: 11,
      why: 'its subject was removed, and no record of an erasure tells so',
    })
  })

  test('works while others write and chain, and while the log is verified', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 30, 10)
    const writing = Array.from({ length: 120 }, (_, number) => recordAction(server, number))
    const chaining = Array.from({ length: 10 }, () => chainAll(server.deps, { sign: true }))
    const verdicts = Array.from({ length: 5 }, () => verify(server))
    await Promise.all([...writing, ...chaining, erase(server), erase(server, 5), ...verdicts])
    await chainAll(server.deps, { sign: true })
    for (const verdict of [...(await Promise.all(verdicts)), await verify(server)])
      assert.equal(verdict.broken, undefined)
  })

  test('of more records than one record of it can name makes several', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { deps } = server
    await deps.db.transaction().execute(async (tx) => {
      for (let count = 0; count < 2100; count += 1)
        await audit(deps, tx, { action: 'session.created', account_id: count % 2 === 0 ? ACCOUNT : 4 })
    })
    await erase(server)
    await chainAll(deps, { sign: true })
    const items = await readLog(server)
    assert.equal(items.filter((item) => 'record' in item && item.record.action === 'audit.erased').length, 2)
    assert.equal((await verify(server)).broken, undefined)
  })
})

test('ranges of places are read as they were written, and none that are too long', () => {
  assert.equal(toRanges([1, 2, 3, 7, 9, 10]), '1-3,7,9-10')
  assert.deepEqual(fromRanges('1-3,7,9-10', 6), [1, 2, 3, 7, 9, 10])
  assert.deepEqual(fromRanges('', 6), [])
  for (const text of ['1-7', '3-1', '1,2,3,4,5,6,7', 'x', '1-', ',', '1--2', '1-99999999999999999'])
    assert.equal(fromRanges(text, 6), undefined, text)
})

test('A record of an erasure that names more places than one erases at a time tells nothing', () => {
  const told = (actor: string) => erasedPlaces({ details: JSON.stringify({ actor, subject: '' }) })
  assert.equal(told('1-1000')?.actor.length, 1000)
  assert.equal(told('1-1001'), undefined)
  assert.equal(told('1-999999999999999'), undefined)
})
