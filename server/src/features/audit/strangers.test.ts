import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLogServer } from '../../../test/support/audit.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { HOUR } from '../../lib/clock.ts'

onEachDatabase('Records of strangers who name nobody', (newDatabase) => {
  // ASVS 16.3.1
  test('are so many an hour, whoever causes them; the last one says so, and those of accounts go on', async () => {
    await using server = await emptyLogServer(await newDatabase(), { BARONG_LIMIT_STRANGER_RECORDS: '3/1h' })
    const { uid } = await anApplication(server)
    const account = await anAccount(server)
    const records = () =>
      server.deps.db
        .selectFrom('audit_records')
        .select(['account_id', 'action', 'code', 'details'])
        .orderBy('id')
        .execute()
    const signIn = (email: string) =>
      server.call('POST', '/sessions', { json: { email, password: 'wrong', application_id: uid } })
    const exchange = () =>
      server.call('POST', '/sessions/generate_jwt', { json: { kid: 'nobody', jwt_token: 'a.b.c' } })
    const before = (await records()).length
    for (let number = 0; number < 5; number += 1) {
      assert.equal((await signIn(`nobody${number}@example.com`)).status, 401)
      assert.equal((await exchange()).status, 404)
    }
    const told = (await records()).slice(before)
    assert.deepEqual(
      told.map(({ action, account_id, details }) => [action, account_id, details]),
      [
        ['session.refused', null, null],
        ['api_key.refused', null, null],
        ['session.refused', null, '{"last_for_now":true}'],
      ],
    )
    await signIn(account.email)
    assert.equal((await records()).at(-1)?.account_id, account.id)
    server.clock.advance(HOUR)
    await signIn('nobody@example.com')
    assert.deepEqual((await records()).at(-1)?.account_id, null)
    const json = { email: account.email, password: PASSWORD, application_id: uid }
    assert.equal((await server.call('POST', '/sessions', { json })).status, 201)
  })
})
