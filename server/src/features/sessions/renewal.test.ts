import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { watchedServer } from '../../../test/support/meanwhile.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { DAY, SECOND } from '../../lib/clock.ts'
import { parseJws } from '../../platform/crypto/jws.ts'
import { endAccess } from '../accounts/accounts.ts'

const REVOKED = [401, { error: 'The access token was revoked' }]

onEachDatabase('Renewing a session', (newDatabase) => {
  const server = sharedServer(newDatabase, { SESSION_ABSOLUTE_LIFETIME: String(2 * 86_400) })
  const renew = async (token: string | undefined, json: unknown = {}) => {
    const { status, body } = await server().call('POST', '/security/renew', { token, json })
    return [status, body]
  }
  const lifetimeOf = (token: string) => {
    const { exp, iat } = parseJws(token)?.payload ?? {}
    return Number(exp) - Number(iat)
  }
  const someone = async () => {
    const account = await anAccount(server())
    return { account, token: await aToken(server(), account) }
  }
  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).status

  test('gives a further token for the same application, and the old one stays good', async () => {
    const { account, token } = await someone()
    const [status, renewed] = await renew(token)
    assert.equal(status, 201)
    assert.notEqual(renewed, token)
    assert.deepEqual([await me(token), await me(renewed), (await renew(renewed))[0]], [200, 200, 201])
    const rows = await server()
      .deps.db.selectFrom('sessions')
      .select(['application_id', 'authenticated_at'])
      .where('account_id', '=', account.id)
      .execute()
    assert.equal(new Set(rows.map((row) => `${row.application_id} ${row.authenticated_at}`)).size, 1)
    const { jti, exp, iat, ...claims } = parseJws(renewed)?.payload ?? {}
    const { uid, email } = account
    assert.deepEqual(claims, {
      sub: 'session',
      iss: 'barong',
      aud: ['peatio', 'barong'],
      uid,
      email,
      role: 'member',
      level: 1,
      state: 'active',
    })
  })

  test('tells the account as it is now', async () => {
    const { account, token } = await someone()
    await server().deps.db.updateTable('accounts').set({ level: 3 }).where('id', '=', account.id).execute()
    const [, renewed] = await renew(token)
    assert.equal(parseJws(renewed)?.payload['level'], 3)
  })

  test('lasts as long as is asked for, from 1800 to 86400 seconds', async () => {
    const { token } = await someone()
    const bounds = [422, { error: 'expires_in must be from 1800 to 86400 seconds' }]
    for (const expires_in of [1799, 86_401, -5, 'abc', true])
      assert.deepEqual(await renew(token, { expires_in }), bounds)
    for (const expires_in of ['1800', 86_400]) {
      const [status, renewed] = await renew(token, { expires_in })
      assert.deepEqual([status, lifetimeOf(renewed)], [201, Number(expires_in)])
    }
    assert.equal(lifetimeOf((await renew(token))[1]), 14_400)
    assert.deepEqual(await renew(token, { expires_in: '' }), [400, { error: 'Expires In is empty' }])
    assert.deepEqual(await renew(token, { expires_in: { a: 1 } }), [400, { error: 'Expires In is invalid' }])
  })

  test('is refused to strangers and with tokens that are over', async () => {
    const { token } = await someone()
    assert.deepEqual(await renew(undefined), [401, { error: 'The access token is invalid' }])
    server().clock.advance(14_400 * SECOND)
    assert.deepEqual(await renew(token), [401, { error: 'The access token expired' }])
  })

  // ASVS 7.3.2
  test('never outlives the sign-in by more than SESSION_ABSOLUTE_LIFETIME', async () => {
    const { token } = await someone()
    const [, second] = await renew(token, { expires_in: 86_400 })
    server().clock.advance(DAY - SECOND)
    const [, third] = await renew(second, { expires_in: 86_400 })
    assert.equal(lifetimeOf(third), 86_400)
    server().clock.advance(DAY - 9 * SECOND)
    const [, last] = await renew(third, { expires_in: 86_400 })
    assert.equal(lifetimeOf(last), 10)
    server().clock.advance(10 * SECOND)
    assert.deepEqual(await renew(last), [401, { error: 'The access token expired' }])
  })

  test('is refused where the session ends while the request waits', async () => {
    await using watched = await watchedServer(newDatabase)
    const account = await anAccount(watched)
    const token = await aToken(watched, account)
    const { status, body } = await watched.overtake(
      account,
      () => watched.call('POST', '/security/renew', { token, json: {} }),
      (tx, held) => endAccess(watched.deps, tx, held),
    )
    assert.deepEqual([status, body], REVOKED)
  })

  test('does not survive a change of password that comes at the same time', async () => {
    const { account, token } = await someone()
    const other = await aToken(server(), account)
    const change = server().call('PUT', '/accounts/password', {
      token,
      json: { old_password: PASSWORD, new_password: 'another river at dusk 8Q' },
    })
    const chain = async () => {
      let latest = other
      for (;;) {
        const [status, body] = await renew(latest)
        if (status !== 201) return [status, body]
        latest = body
      }
    }
    const ends = await Promise.all([chain(), chain(), chain()])
    assert.equal((await change).status, 200)
    for (const end of ends) assert.deepEqual(end, REVOKED)
  })
})
