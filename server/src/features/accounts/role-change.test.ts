import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken } from '../../../test/support/factories.ts'
import { watchedServer } from '../../../test/support/meanwhile.ts'
import { subjects } from '../../../test/support/notices.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { parseJws } from '../../platform/crypto/jws.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { targetOf } from '../../platform/events/revocations.ts'
import { changeRole, endSessions } from './accounts.ts'

const { public_key } = anRsaKey()
const me = async (server: TestServer, token: string) => (await server.call('GET', '/accounts/me', { token })).status

/** Whose tokens services are told to refuse, and up to which second. */
async function endedHolders({ app }: TestServer): Promise<Map<string, number>> {
  const { body } = await app.inject({ method: 'GET', url: '/oauth/revocations' })
  const holders: Record<string, [number, number]> = JSON.parse(JSON.stringify(parseJws(body)?.payload['holders']))
  return new Map(Object.entries(holders).map(([target, [cut]]) => [target, cut]))
}

onEachDatabase('Another role', (newDatabase) => {
  test('ends what was issued under the former one, here and at services, and the person is told', async () => {
    await using server = await testServer(await newDatabase())
    const officer = await anAccount(server, { role: 'admin', language: 'de' })
    const { token, app } = await anAuthenticator(server, officer)
    const json = { public_key, totp_code: app.next() }
    const key = (await server.call('POST', '/api_keys', { token, json })).body
    await server.deliver()
    server.mails.length = 0
    assert.equal((await changeRole(server.deps, officer, 'member')).role, 'member')
    assert.equal(await me(server, token), 401)
    const holders = await endedHolders(server)
    const second = Math.floor(server.clock.now() / 1000)
    assert.equal(holders.get(targetOf(officer.uid)), second)
    // Tokens of a key have no rows to be named by: those of this second end as well.
    assert.equal(holders.get(targetOf(key.uid)), second + 1)
    const { state } = await server.deps.db.selectFrom('api_keys').select('state').executeTakeFirstOrThrow()
    assert.equal(state, 'active', 'its next token tells the new role')
    assert.deepEqual(await subjects(server), ['Ihre Rolle wurde geändert'])
    assert.match(server.mails[0]?.text ?? '', new RegExp(`das Konto ${officer.email} .* „member“`))
    assert.doesNotMatch(server.mails[0]?.text ?? '', /notice_token/)
  })

  test('that is the same one ends nothing, and nobody is told', async () => {
    await using server = await testServer(await newDatabase())
    const officer = await anAccount(server, { role: 'support' })
    const token = await aToken(server, officer)
    await changeRole(server.deps, officer, 'support')
    assert.equal(await me(server, token), 200)
    assert.deepEqual([...(await endedHolders(server))], [])
    assert.deepEqual(await subjects(server), [])
  })

  test('is not gone round by a renewal that waits meanwhile', async () => {
    await using server = await watchedServer(newDatabase)
    const officer = await anAccount(server, { role: 'admin' })
    const token = await aToken(server, officer)
    const renew = () => server.call('POST', '/security/renew', { token, json: {} })
    const { status } = await server.overtake(officer, renew, async (tx, held) => {
      await updateAccount(server.deps, tx, held, { role: 'member' })
      await endSessions(server.deps, tx, held)
    })
    assert.equal(status, 401)
  })
})
