import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aProfile, aToken } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { james, manage, signersAllowed } from '../../../test/support/signers.ts'
import { HOUR } from '../../lib/clock.ts'

const reason = 'asked for it, ticket 4711'

onEachDatabase('Erasing a person', (newDatabase) => {
  const open = async () => testServer(await newDatabase(), signersAllowed())
  const erase = (server: TestServer, token: string | undefined, uid: string, json: object) =>
    server.call('POST', `/admin/accounts/${uid}/erase`, { token, json })
  const isErased = async ({ deps: { db, vault } }: TestServer, id: number) => {
    const { email } = await db.selectFrom('accounts').select('email').where('id', '=', id).executeTakeFirstOrThrow()
    const gone = email.endsWith('@erased.invalid')
    if (gone) await assert.rejects(vault.keyOf(db, id), /was destroyed/)
    return gone
  }

  test('is for administrators who say the uid and why, and is told by event and audit log', async () => {
    await using server = await open()
    const admin = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, admin)
    const account = await anAccount(server)
    await aProfile(server, account)
    const theirs = await aToken(server, account)
    const note = { token, json: { text: 'looks odd' } }
    assert.equal((await server.call('POST', `/admin/accounts/${account.uid}/notes`, note)).status, 204)
    const confirmation = account.uid
    for (const [json, status] of [
      [{ reason }, 422],
      [{ confirmation }, 422],
      [{ confirmation, reason: '  ' }, 422],
      [{ confirmation: account.email, reason }, 422],
      [{ confirmation: account.uid.toLowerCase(), reason }, 422],
    ] as const)
      assert.equal((await erase(server, token, account.uid, json)).status, status, JSON.stringify(json))
    assert.equal(await isErased(server, account.id), false)
    await server.deliver()
    assert.equal((await erase(server, token, account.uid, { confirmation, reason })).status, 204)
    assert.equal(await isErased(server, account.id), true)
    await server.deliver()
    const event = server.events.findLast(({ name }) => name === 'model.account.erased')
    assert.deepEqual(event?.payload['record'], { uid: account.uid })
    const record = await server.deps.db
      .selectFrom('audit_records')
      .selectAll()
      .where('action', '=', 'account.erased')
      .executeTakeFirstOrThrow()
    assert.deepEqual([record.actor_kind, record.actor_id], ['administrator', String(admin.id)])
    assert.equal(JSON.parse(record.details ?? '{}').reason, reason)
    assert.equal((await server.call('GET', '/accounts/me', { token: theirs })).status, 401)
    const shown = await server.call('GET', `/admin/accounts/${account.uid}`, { token })
    assert.deepEqual([shown.status, shown.body.profile, shown.body.documents], [200, null, []])
    assert.deepEqual((await server.call('GET', `/admin/accounts/${account.uid}/notes`, { token })).body, [])
    assert.equal((await server.call('POST', `/admin/accounts/${account.uid}/notes`, note)).status, 422)
    assert.equal((await erase(server, token, account.uid, { confirmation, reason })).status, 204, 'once more')
  })

  test('is for nobody else, nobody who did not prove a moment ago who they are, and not of oneself', async () => {
    await using server = await open()
    const admin = await anAccount(server, { role: 'admin' })
    const account = await anAccount(server)
    const json = { confirmation: account.uid, reason }
    assert.equal((await erase(server, undefined, account.uid, json)).status, 401)
    for (const role of ['member', 'support', 'compliance']) {
      const token = await aToken(server, await anAccount(server, { role }))
      assert.equal((await erase(server, token, account.uid, json)).status, 403, role)
    }
    const token = await aToken(server, admin)
    assert.equal((await erase(server, token, admin.uid, { ...json, confirmation: admin.uid })).status, 403)
    assert.equal((await erase(server, token, 'IDNOBODY', json)).status, 404)
    server.clock.advance(HOUR / 2)
    assert.equal((await erase(server, token, account.uid, json)).status, 403, 'too long ago')
    assert.equal(await isErased(server, account.id), false)
  })

  test('is for services whose signatures are good for it, and not of the staff', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const staff = await anAccount(server, { role: 'support' })
    const ask = (data: Record<string, unknown>) => manage(server, '/accounts/erase', data)
    const unasked = await manage(server, '/accounts/erase', { account_uid: account.uid, reason }, [james])
    assert.equal(unasked.status, 401)
    assert.equal((await ask({ account_uid: 'IDNOBODY', reason })).status, 404)
    assert.equal((await ask({ account_uid: account.uid })).status, 422)
    assert.equal((await ask({ account_uid: account.uid, reason: 'x'.repeat(501) })).status, 422)
    assert.equal((await ask({ account_uid: staff.uid, reason })).status, 422)
    assert.equal(await isErased(server, account.id), false)
    const answer = await ask({ account_uid: account.uid, reason })
    assert.deepEqual([answer.status, answer.body], [201, { account_uid: account.uid }])
    assert.equal(await isErased(server, account.id), true)
    const { actor_kind, details } = await server.deps.db
      .selectFrom('audit_records')
      .select(['actor_kind', 'details'])
      .where('action', '=', 'account.erased')
      .executeTakeFirstOrThrow()
    assert.deepEqual([actor_kind, JSON.parse(details ?? '')], ['signer', { reason }])
  })
})
