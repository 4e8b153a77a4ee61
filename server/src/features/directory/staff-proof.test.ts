import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { HOUR, SECOND } from '../../lib/clock.ts'

const STALE = { error: 'Please confirm your password' }
const reason = 'ticket 4711'

onEachDatabase('What the staff does day by day', (newDatabase) => {
  /** Every such change, by an administrator, with what it is answered where it is let through. */
  async function changes(server: TestServer) {
    const token = await aToken(server, await anAccount(server, { role: 'admin' }))
    const { uid } = await anAccount(server)
    const call = (path: string, json: object, method: 'POST' | 'PATCH' = 'POST') =>
      server.call(method, `/admin/${path}`, { token, json })
    const every = async () => [
      await call(`accounts/${uid}/labels`, { key: 'phone', value: 'waiting', scope: 'private', reason }),
      await call(`accounts/${uid}/labels/private/phone`, { value: 'verified', reason }, 'PATCH'),
      await call(`accounts/${uid}/labels/private/phone/delete`, { reason }),
      await call(`accounts/${uid}/state`, { state: 'locked', reason }),
      await call(`accounts/${uid}/unlock`, { reason }),
      await call(`accounts/${uid}/end_sessions`, { reason }),
      await call(`accounts/${uid}/reset_password`, { reason }),
      await call('reviews/1/decision', { decision: 'approved', seen: 'x' }),
    ]
    return { token, call, every, uid }
  }
  const DONE = [201, 200, 204, 200, 200, 200, 200, 404]

  // ASVS 7.5.3
  test('asks for the password again after an hour, and reading, notes and claims do not', async () => {
    await using server = await testServer(await newDatabase())
    const { token, call, every, uid } = await changes(server)
    server.clock.advance(HOUR - SECOND)
    assert.deepEqual(
      (await every()).map(({ status }) => status),
      DONE,
    )
    server.clock.advance(SECOND)
    for (const { status, body, headers } of await every()) {
      assert.deepEqual([status, body], [403, STALE])
      assert.match(String(headers['www-authenticate']), /insufficient_user_authentication", max_age="3600"$/)
    }
    assert.equal((await server.call('GET', `/admin/accounts/${uid}`, { token })).status, 200)
    assert.equal((await call(`accounts/${uid}/notes`, { text: 'called' })).status, 204)
    assert.equal((await call('reviews/1/claim', {})).status, 404)
    assert.equal((await server.call('POST', '/security/confirm', { token, json: { password: PASSWORD } })).status, 201)
    assert.deepEqual(
      (await every()).map(({ status }) => status),
      DONE,
    )
  })

  test('asks nobody again with STAFF_SUDO_LIFETIME=0, but before what is dangerous', async () => {
    await using server = await testServer(await newDatabase(), { STAFF_SUDO_LIFETIME: '0' })
    const { call, every, uid } = await changes(server)
    server.clock.advance(2 * HOUR)
    assert.deepEqual(
      (await every()).map(({ status }) => status),
      DONE,
    )
    assert.deepEqual((await call(`accounts/${uid}/discard`, { reason })).body, STALE)
  })
})
