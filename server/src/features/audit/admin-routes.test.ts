import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { fillLog } from '../../../test/support/audit.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { planOf, type Ran } from '../../../test/support/plans.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { runAs } from '../../platform/acting/acting.ts'
import { isPostgres } from '../../platform/db/db.ts'
import { audit } from './audit.ts'
import { createVerifications } from './verifications.ts'

const PATH = '/admin/audit'

async function aReviewer(server: TestServer) {
  const reviewer = await anAccount(server, { role: 'compliance' })
  const token = await aToken(server, reviewer)
  const get = async (path: string) => (await server.call('GET', `${PATH}${path}`, { token })).body
  const post = (path: string) => server.call('POST', `${PATH}${path}`, { token })
  return { reviewer, get, post }
}

onEachDatabase('The admin API of the audit log', (newDatabase) => {
  test('lists records by who, on whom, what, result, address and time, page after page', async () => {
    await using server = await testServer(await newDatabase())
    const { reviewer, get } = await aReviewer(server)
    const subject = await anAccount(server)
    const acts = (refused: boolean, address: string) =>
      runAs(
        { actor: { kind: 'administrator', id: String(reviewer.id) }, address, user_agent: 'Teapot/1', request_id: 'r' },
        () =>
          server.deps.db.transaction().execute((tx) =>
            audit(server.deps, tx, {
              action: 'account.role_changed',
              account_id: subject.id,
              details: { role: 'admin' },
              ...(refused ? { refused: { code: 'tests.refused' } } : {}),
            }),
          ),
      )
    await acts(false, '192.0.2.1')
    server.clock.advance(60_000)
    await acts(true, '192.0.2.2')
    const all = await get(`/records?account=${subject.uid}&action=account.role_changed`)
    const { id, at, seq, hash, ...rest } = all[0]
    assert.deepEqual(rest, {
      action: 'account.role_changed',
      result: 'refused',
      code: 'tests.refused',
      actor: { kind: 'administrator', id: reviewer.uid },
      address: '192.0.2.2',
      user_agent: 'Teapot/1',
      request_id: 'r',
      account_uid: subject.uid,
      details: { role: 'admin' },
      erased: false,
    })
    assert.deepEqual([seq, hash], [null, null])
    assert.deepEqual(await get(`/records/${id}`), all[0])
    const filters: [string, number[]][] = [
      [`actor=${reviewer.uid}&actor_kind=administrator`, [0, 1]],
      ['result=refused', [0]],
      ['result=ok', [1]],
      ['address=192.0.2.1', [1]],
      [`since=${at}`, [0]],
      [`until=${at}`, [1]],
      ['limit=1', [0]],
      [`limit=1&before=${id}`, [1]],
      ['actor=nobody', []],
    ]
    for (const [filter, wanted] of filters)
      assert.deepEqual(
        await get(`/records?account=${subject.uid}&action=account.role_changed&${filter}`),
        wanted.map((index) => all[index]),
        filter,
      )
    assert.deepEqual(await get('/records?account=nobody'), [])
  })

  test('tells the state of the chain, and verifies it in the background', async () => {
    await using server = await testServer(await newDatabase())
    const { reviewer, get, post } = await aReviewer(server)
    await fillLog(server, 20, 10)
    const verify = async () => {
      const before = (await get('/chain')).verification?.at
      server.clock.advance(1000)
      assert.equal((await post('/verify')).status, 202)
      let chain = await get('/chain')
      while (chain.verifying || chain.verification?.at === before) {
        await pause(20)
        chain = await get('/chain')
      }
      return chain.verification
    }
    const chain = await get('/chain')
    assert.deepEqual([chain.unchained, chain.verifying, chain.verification], [0, false, null])
    assert.equal(chain.checkpoint.seq, chain.records)
    const { at: _, ...found } = await verify()
    assert.deepEqual(
      [found.whole, found.records, found.signed, found.broken_at],
      [true, chain.records, chain.records, null],
    )
    await server.deps.db.updateTable('audit_records').set({ code: 'tests.other' }).where('seq', '=', 7).execute()
    const broken = await verify()
    assert.deepEqual([broken.whole, broken.broken_at, broken.why], [false, 7, 'it was changed, or its hash was'])
    const [record] = await get('/records?action=audit.verified')
    assert.deepEqual([record.actor.kind, record.actor.id], ['administrator', reviewer.uid])
  })

  test('verifies once at a time, and again when that is done', async () => {
    await using server = await testServer(await newDatabase())
    await fillLog(server, 3, 3)
    await using verifications = createVerifications(server.deps)
    verifications.begin()
    assert.throws(() => verifications.begin(), { status: 409, code: 'audit.busy' })
    while (verifications.running()) await pause(5)
    verifications.begin()
  })

  test('finds what came from an address by an index', async () => {
    const ran: Ran[] = []
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      ran.push(query)
    })
    const { get } = await aReviewer(server)
    const { db } = server.deps
    await db.transaction().execute(async (tx) => {
      for (let count = 0; count < 1500; count += 1) {
        const address = `192.0.${count >> 8}.${count & 255}`
        const who = { actor: { kind: 'stranger', id: null }, address, user_agent: null, request_id: null } as const
        await runAs(who, () => audit(server.deps, tx, { action: 'session.refused', account_id: null }))
      }
    })
    if (isPostgres(db)) await sql`analyze audit_records`.execute(db)
    ran.length = 0
    assert.equal((await get('/records?address=192.0.2.7')).length, 1)
    const query = ran.find(({ sql }) => /from "audit_records".*"address" =/.test(sql))
    assert.match((query ? await planOf(db, query) : []).join('\n'), /audit_records_address/)
  })

  // ASVS 16.3.2
  test('holds what somebody was denied by the admin API: who, what and on whom', async () => {
    await using server = await testServer(await newDatabase())
    const { reviewer, get } = await aReviewer(server)
    const subject = await anAccount(server)
    const member = await anAccount(server)
    const paths = [`/admin/accounts/${subject.uid}/role`, `/admin/accounts/${subject.uid}`]
    const statuses = [
      await server.call('POST', paths[0] ?? '', { token: await aToken(server, reviewer), json: { role: 'admin' } }),
      await server.call('GET', paths[1] ?? '', { token: await aToken(server, member) }),
      await server.call('GET', paths[1] ?? ''),
    ].map(({ status }) => status)
    assert.deepEqual(statuses, [403, 403, 401])
    const records = await get('/records?action=staff.refused')
    assert.deepEqual(
      // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is what it asserts
      records.map((each: any) => [each.actor, each.result, each.code, each.account_uid, each.details.operation]),
      [
        [
          { kind: 'person', id: member.uid },
          'refused',
          'permissions.denied',
          subject.uid,
          'GET /api/v1/admin/accounts/:uid',
        ],
        [
          { kind: 'administrator', id: reviewer.uid },
          'refused',
          'permissions.denied',
          subject.uid,
          'POST /api/v1/admin/accounts/:uid/role',
        ],
      ],
    )
  })

  test('is closed to strangers and members, and refuses what makes no sense', async () => {
    await using server = await testServer(await newDatabase())
    const member = await aToken(server, await anAccount(server))
    for (const [method, path] of [
      ['GET', '/records'],
      ['GET', '/records/1'],
      ['GET', '/chain'],
      ['POST', '/verify'],
    ] as const) {
      const statuses = []
      for (const token of [undefined, member])
        statuses.push((await server.call(method, `${PATH}${path}`, { token })).status)
      assert.deepEqual(statuses, [401, 403], path)
    }
    const { get } = await aReviewer(server)
    for (const [query, name] of [
      ['action=nothing', /action/],
      ['result=maybe', /result/],
      ['limit=0', /limit/],
      ['since=now', /since/],
    ] as const)
      assert.match((await get(`/records?${query}`)).error, name)
    assert.deepEqual(await get('/records/999999'), { error: 'Record is not found' })
  })
})
