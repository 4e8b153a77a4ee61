import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { HOUR } from '../../lib/clock.ts'

onEachDatabase('The admin API of signing keys', (newDatabase) => {
  test('lists them, and makes successors that are published first and sign later', async () => {
    await using server = await testServer(await newDatabase())
    const admin = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, admin)
    const before = (await server.call('GET', '/admin/keys', { token })).body
    assert.ok(before.every(({ state }: { state: string }) => state === 'signing'))
    const json = { algorithm: 'RS256', reason: 'yearly' }
    const { status, body } = await server.call('POST', '/admin/keys/rotation', { token, json })
    assert.equal(status, 201)
    assert.deepEqual([body.length, body[0].algorithm, body[0].state], [before.length + 1, 'RS256', 'published'])
    assert.ok(!JSON.stringify(body).includes('sealed'))
    const record = await server.deps.db
      .selectFrom('audit_records')
      .selectAll()
      .where('action', '=', 'key.rotated')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    assert.equal(record.actor_id, String(admin.id))
    assert.equal(JSON.parse(record.details ?? '').reason, 'yearly')
    server.clock.advance(HOUR)
    const later = (await server.call('GET', '/admin/keys', { token })).body
    assert.equal(later.find(({ kid }: { kid: string }) => kid === body[0].kid).state, 'signing')
    assert.equal((await server.call('POST', '/admin/keys/rotation', { token, json })).status, 403)
  })

  test('rotates nothing without a reason or for an algorithm there is not', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    for (const json of [{}, { reason: 'why not', algorithm: 'none' }])
      assert.equal((await server.call('POST', '/admin/keys/rotation', { token, json })).status, 422)
    assert.equal((await server.call('GET', '/admin/keys', { token })).body.length, 3)
  })
})
