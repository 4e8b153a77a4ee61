import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import type { TestServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'
import { discardAccount, setPassword } from './accounts.ts'

/** Puts down a key in use, as if it had been registered. */
async function anActiveKey({ deps }: TestServer, { id, uid }: Account): Promise<string> {
  const now = iso(deps.clock.now())
  const row = { uid: `key-of-${uid}`, account_id: id, public_key: 'x', expires_in: 60, state: 'active' }
  await deps.db
    .insertInto('api_keys')
    .values({ ...row, created_at: now, updated_at: now })
    .execute()
  return row.uid
}

const stateOf = async ({ deps }: TestServer, uid: string) =>
  (await deps.db.selectFrom('api_keys').select('state').where('uid', '=', uid).executeTakeFirstOrThrow()).state

onEachDatabase('What a change of credentials ends', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const causes: Record<string, (account: Account, token: string) => Promise<unknown>> = {
    'a password change': (_account, token) =>
      server().call('PUT', '/accounts/password', {
        token,
        json: { old_password: PASSWORD, new_password: 'another quiet river 8R' },
      }),
    'a password set by an operator': (account) => setPassword(server().deps, account, 'another quiet river 8R'),
    'a discard': (account) => discardAccount(server().deps, account),
  }
  for (const [cause, happen] of Object.entries(causes)) {
    test(`${cause} ends other sessions and switches API keys off`, async () => {
      const account = await anAccount(server())
      const token = await aToken(server(), account)
      const other = await aToken(server(), account)
      const key = await anActiveKey(server(), account)
      const stranger = await anActiveKey(server(), await anAccount(server()))
      await happen(account, token)
      assert.equal((await server().call('GET', '/accounts/me', { token: other })).status, 401)
      assert.equal(await stateOf(server(), key), 'inactive')
      assert.equal(await stateOf(server(), stranger), 'active')
    })
  }

  test('ending other sessions by hand leaves API keys on', async () => {
    const account = await anAccount(server())
    const token = await aToken(server(), account)
    const key = await anActiveKey(server(), account)
    assert.equal((await server().call('DELETE', '/sessions', { token })).status, 204)
    assert.equal(await stateOf(server(), key), 'active')
  })
})
