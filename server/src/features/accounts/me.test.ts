import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

onEachDatabase('The own account', (newDatabase) => {
  const server = sharedServer(newDatabase)

  test('is shown with its six fields in their order, and nothing else', async () => {
    const account = await anAccount(server(), { role: 'compliance' })
    const answer = await server().call('GET', '/accounts/me', { token: await aToken(server(), account) })
    assert.equal(answer.status, 200)
    const { uid, email } = account
    assert.deepEqual(Object.entries(answer.body), [
      ['uid', uid],
      ['email', email],
      ['role', 'compliance'],
      ['level', 1],
      ['otp_enabled', false],
      ['state', 'active'],
    ])
  })

  test('is not shown to strangers', async () => {
    const answer = await server().call('GET', '/accounts/me')
    assert.deepEqual([answer.status, answer.body], [401, { error: 'The access token is invalid' }])
  })

  test('tells of two-factor authentication once it is on', async () => {
    const account = await anAccount(server())
    const token = await aToken(server(), account)
    await server()
      .deps.db.updateTable('accounts')
      .set({ otp_enabled_at: '2026-01-01T00:00:00.000Z' })
      .where('id', '=', account.id)
      .execute()
    assert.equal((await server().call('GET', '/accounts/me', { token })).body.otp_enabled, true)
  })
})
