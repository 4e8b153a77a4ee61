import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { emptyLogServer, fillLog, readLog, recordAction } from '../../../test/support/audit.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { MINUTE, SECOND } from '../../lib/clock.ts'
import { isPostgres } from '../../platform/db/db.ts'
import { rotateSigningKeys } from '../signing-keys/signing-keys.ts'
import { makeCheckpoint, readDatabase, startChaining, verifyLog } from './audit.ts'
import { chainAll } from './chainer.ts'
import { audit } from './recording.ts'
import { awaitTurn, countUnchained, takeTurn } from './store.ts'

const verify = ({ deps }: TestServer, anchors: string[] = []) =>
  verifyLog(readDatabase(deps.db), { find: (kid) => deps.keys.find(kid), anchors })

const countCheckpoints = async ({ deps }: TestServer) =>
  (await deps.db.selectFrom('audit_checkpoints').select('id').execute()).length

onEachDatabase('The chain of the audit log', (newDatabase) => {
  test('takes in what hundreds of transactions write at once, and nothing of those that are rolled back', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { db } = server.deps
    const write = async (number: number) => {
      if (number % 4 !== 0) return recordAction(server, number)
      const rolledBack = db.transaction().execute(async (tx) => {
        await audit(server.deps, tx, { action: 'label.deleted', account_id: 1, details: { never: true } })
        throw new Error('rolled back')
      })
      await assert.rejects(rolledBack, /rolled back/)
    }
    const writers = Array.from({ length: 400 }, (_, number) => write(number))
    const chainers = Array.from({ length: 40 }, (_, number) => chainAll(server.deps, { sign: number % 10 === 0 }))
    await Promise.all([...writers, ...chainers])
    await chainAll(server.deps, { sign: true })

    const verdict = await verify(server)
    assert.deepEqual([verdict.broken, verdict.records, verdict.signed], [undefined, 300, 300])
    assert.equal(await countUnchained(db), 0)
    const records = await db.selectFrom('audit_records').selectAll().execute()
    assert.ok(records.every(({ details }) => !details?.includes('never')))
  })

  test('is one chain, although several processes extend it', async () => {
    const url = await newDatabase()
    const environment = { BARONG_MASTER_KEY: '5'.repeat(64) }
    await using one = await emptyLogServer(url, environment)
    await using other = await testServer(url, environment)
    const writing = Array.from({ length: 200 }, (_, number) => recordAction(number % 2 === 0 ? one : other, number))
    const chaining = async (server: TestServer) => {
      for (let round = 0; round < 50; round += 1) {
        await chainAll(server.deps)
        await pause(2)
      }
    }
    await Promise.all([...writing, chaining(one), chaining(other)])
    await Promise.all([chainAll(one.deps, { sign: true }), chainAll(other.deps, { sign: true })])
    assert.deepEqual(
      await seqs(one),
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
    assert.equal((await verify(other)).broken, undefined)
  })

  test('grows and is signed by itself, and a last time at the end', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await recordAction(server, 1)
    const chaining = startChaining(server.deps)
    while ((await countCheckpoints(server)) === 0) await pause(20)
    await recordAction(server, 2)
    await chaining[Symbol.asyncDispose]()
    assert.deepEqual(await verify(server), {
      broken: undefined,
      records: 2,
      checkpoints: 2,
      signed: 2,
      signed_at: (await verify(server)).signed_at,
    })
  })

  test('is extended by one process at a time', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { db } = server.deps
    if (!isPostgres(db)) return
    const enter = () => db.transaction().execute(awaitTurn)
    const { others } = await db.transaction().execute(async (tx) => {
      await awaitTurn(tx)
      assert.equal(await db.transaction().execute(takeTurn), false)
      const others = [enter(), enter()]
      assert.equal(await Promise.race([...others, pause(300, 'they wait')]), 'they wait')
      return { others }
    })
    await Promise.all(others)
    await db.transaction().execute(async (tx) => {
      assert.equal(await takeTurn(tx), true)
      assert.equal(await db.transaction().execute(takeTurn), false)
    })
  })

  test('is signed every ten seconds while it grows, at once after a thousand records, and not while it rests', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await chainAll(server.deps)
    assert.equal(await countCheckpoints(server), 0)
    await recordAction(server, 1)
    await chainAll(server.deps)
    assert.equal(await countCheckpoints(server), 1)
    await recordAction(server, 2)
    server.clock.advance(9 * SECOND)
    await chainAll(server.deps)
    assert.equal(await countCheckpoints(server), 1)
    server.clock.advance(SECOND)
    await chainAll(server.deps)
    assert.equal(await countCheckpoints(server), 2)
    server.clock.advance(MINUTE)
    await chainAll(server.deps, { sign: true })
    assert.equal(await countCheckpoints(server), 2)
    await recordAction(server, 3)
    await chainAll(server.deps)
    assert.equal(await countCheckpoints(server), 3)

    const { db } = server.deps
    await db.transaction().execute(async (tx) => {
      for (let count = 0; count < 1200; count += 1)
        await audit(server.deps, tx, { action: 'session.created', account_id: count })
    })
    assert.equal(await chainAll(server.deps), 1200)
    const verdict = await verify(server)
    assert.deepEqual([verdict.broken, verdict.records, verdict.checkpoints], [undefined, 1203, 4])
  })

  test('is signed anew when the key that signs is another one, so that the latest checkpoint can be verified', async () => {
    await using server = await emptyLogServer(await newDatabase(), { KEY_PUBLISHED_AHEAD: '60' })
    const { deps, clock } = server
    await fillLog(server, 3, 3)
    await rotateSigningKeys(deps, 'EdDSA')
    await deps.keys.refresh()
    await chainAll(deps, { sign: true })
    const before = await countCheckpoints(server)
    clock.advance(2 * MINUTE)
    await chainAll(deps)
    assert.equal(await countCheckpoints(server), before + 1)
    const current = deps.keys.current('EdDSA').kid
    const verdict = await verifyLog(readDatabase(deps.db), {
      find: (kid) => (kid === current ? deps.keys.find(kid) : undefined),
    })
    assert.equal(verdict.broken, undefined)
    assert.equal(verdict.signed, verdict.records)
  })

  test('is signed no more once it is not what was signed', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 10, 5)
    const checkpoints = await countCheckpoints(server)
    await server.deps.db.deleteFrom('audit_records').where('seq', '>', 8).execute()
    server.clock.advance(MINUTE)
    await assert.rejects(makeCheckpoint(server.deps, 'audit.signed'), /not what was signed/)
    assert.equal(await countCheckpoints(server), checkpoints)
    assert.deepEqual((await verify(server)).broken, {
      what: 'record',
      seq: 10,
      why: 'the records 10 to 10 are missing, which a checkpoint signs',
    })
    await assert.rejects(makeCheckpoint(server.deps, 'audit.signed'))
    assert.match((await verify(server)).broken?.why ?? '', /one of the records 6 to 10 is not what the checkpoint/)
  })

  test('shows that its end was cut off, with the checkpoints, to whoever kept a checkpoint elsewhere', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { db } = server.deps
    await fillLog(server, 10, 5)
    const kept = await makeCheckpoint(server.deps, 'audit.signed')
    await fillLog(server, 5, 5)
    assert.equal((await verify(server, [kept])).broken, undefined)

    await db.deleteFrom('audit_records').where('seq', '>', 5).execute()
    await db.deleteFrom('audit_checkpoints').where('id', '>', 1).execute()
    assert.equal((await verify(server)).broken, undefined)
    const { broken } = await verify(server, [kept])
    assert.deepEqual([broken?.what, broken?.seq], ['record', 6])
    assert.equal((await verify(server, ['x.y.z'])).broken?.what, 'checkpoint')
    const foreign = `${kept.slice(0, -8)}AAAAAAAA`
    assert.match((await verify(server, [foreign])).broken?.why ?? '', /not signed by a known key/)
  })

  test('goes on without a gap where ids were used up by what was rolled back', async () => {
    await using server = await emptyLogServer(await newDatabase())
    const { db } = server.deps
    await recordAction(server, 1)
    const rolledBack = db.transaction().execute(async (tx) => {
      await audit(server.deps, tx, { action: 'label.set', account_id: 1 })
      throw new Error('rolled back')
    })
    await assert.rejects(rolledBack)
    await recordAction(server, 2)
    await chainAll(server.deps, { sign: true })
    assert.deepEqual(await seqs(server), [1, 2])
    assert.equal((await verify(server)).broken, undefined)
  })

  test('is read while it goes on growing', async () => {
    await using server = await emptyLogServer(await newDatabase())
    await fillLog(server, 50, 10)
    const items = readDatabase(server.deps.db)
    await items.next()
    await fillLog(server, 50, 10)
    const first = (await readLog(server))[0] ?? assert.fail('The log is empty.')
    const rest = async function* () {
      yield first
      yield* items
    }
    const verdict = await verifyLog(rest(), { find: (kid) => server.deps.keys.find(kid) })
    assert.equal(verdict.broken, undefined)
  })
})

async function seqs({ deps }: TestServer): Promise<(number | null)[]> {
  const rows = await deps.db
    .selectFrom('audit_records')
    .select('seq')
    .where('seq', 'is not', null)
    .orderBy('seq')
    .execute()
  return rows.map(({ seq }) => seq)
}
