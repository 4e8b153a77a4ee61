import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'

onEachDatabase('Sessions people can see and end', (newDatabase) => {
  test('are listed with device, address and application, and the asking one is marked', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const application = await anApplication(server)
    const json = { email: account.email, password: PASSWORD, application_id: application.uid }
    const { body: token } = await server.call('POST', '/sessions', { json, headers: { 'user-agent': 'Teapot/1.0' } })
    await aToken(server, account)

    const { status, body } = await server.call('GET', '/sessions', { token })
    assert.equal(status, 200)
    assert.equal(body.length, 2)
    const [, mine] = body
    assert.equal(mine.current, true)
    assert.equal(mine.device, 'Teapot/1.0')
    assert.equal(mine.address, '127.0.0.1')
    assert.equal(mine.scopes, null)
    assert.deepEqual(mine.application, { uid: application.uid, name: application.name })
    assert.equal(body[0].current, false)
  })

  // ASVS 7.5.2, 8.2.2
  test('end one by one, and only by their owner', async () => {
    await using server = await testServer(await newDatabase())
    const owner = await anAccount(server)
    const [token, other] = [await aToken(server, owner), await aToken(server, owner)]
    const stranger = await aToken(server, await anAccount(server))
    const { body } = await server.call('GET', '/sessions', { token })
    const path = `/sessions/${body.find((session: { current: boolean }) => !session.current).id}`

    assert.equal((await server.call('DELETE', path)).status, 401)
    const refused = await server.call('DELETE', path, { token: stranger })
    assert.deepEqual([refused.status, refused.body], [404, { error: 'Record is not found' }])
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 200)

    assert.equal((await server.call('DELETE', path, { token })).status, 204)
    const ended = await server.call('GET', '/accounts/me', { token: other })
    assert.deepEqual([ended.status, ended.body], [401, { error: 'The access token was revoked' }])
    assert.equal((await server.call('DELETE', path, { token })).status, 404)
    assert.equal((await server.call('DELETE', '/sessions/x', { token })).status, 404)
  })

  test('end themselves, with what they were renewed to, and no other', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const [token, other] = [await aToken(server, account), await aToken(server, account)]
    const { body: renewed } = await server.call('POST', '/security/renew', { token })
    assert.equal((await server.call('DELETE', '/sessions/current', { token: renewed })).status, 204)
    for (const ended of [token, renewed]) {
      const { status, body } = await server.call('GET', '/accounts/me', { token: ended })
      assert.deepEqual([status, body], [401, { error: 'The access token was revoked' }])
    }
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 200)
  })

  test('end all at once but the asking one', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const tokens = [await aToken(server, account), await aToken(server, account), await aToken(server, account)]
    const [token = ''] = tokens
    assert.equal((await server.call('DELETE', '/sessions', { token })).status, 204)
    const statuses = await Promise.all(tokens.map((each) => server.call('GET', '/accounts/me', { token: each })))
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [200, 401, 401],
    )
  })

  test('are not outlived by a renewal that runs at the same time as their end', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    const [token, doomed] = [await aToken(server, account), await aToken(server, account)]
    const [, renewal] = await Promise.all([
      server.call('DELETE', '/sessions', { token }),
      server.call('POST', '/security/renew', { token: doomed }),
    ])
    if (renewal.status === 201) {
      const after = await server.call('GET', '/accounts/me', { token: renewal.body })
      assert.equal(after.status, 401)
    } else assert.equal(renewal.status, 401)
  })
})
