import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { iso, isoSeconds, MINUTE, SECOND } from '../../lib/clock.ts'

const STALE = { error: 'Please confirm your password' }
const confirm = (server: TestServer, token: string | undefined, json: unknown = { password: PASSWORD }) =>
  server.call('POST', '/security/confirm', { token, json })
/** A dangerous change; 400 tells that it was let through to what it needs besides. */
const danger = (server: TestServer, token: string) =>
  server.call('POST', '/security/recovery_codes', { token, json: { code: '123456' } })

onEachDatabase('Dangerous changes', (newDatabase) => {
  // ASVS 7.5.1, 7.5.3
  test('are made for ten minutes after the sign-in, and after the password was confirmed', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    server.clock.advance(10 * MINUTE - SECOND)
    assert.equal((await danger(server, token)).status, 400)
    server.clock.advance(SECOND)
    const stale = await danger(server, token)
    assert.deepEqual([stale.status, stale.body], [403, STALE])
    assert.equal(
      stale.headers['www-authenticate'],
      'Bearer realm="Barong", error="insufficient_user_authentication", max_age="600"',
    )
    assert.equal((await server.call('GET', '/security/recovery_codes', { token })).status, 200, 'reading is none')
    const confirmed = await confirm(server, token)
    const fresh_until = isoSeconds(iso(server.clock.now() + 10 * MINUTE))
    assert.deepEqual([confirmed.status, confirmed.body], [201, { fresh_until }])
    assert.equal((await danger(server, token)).status, 400)
    server.clock.advance(10 * MINUTE)
    assert.deepEqual((await danger(server, token)).body, STALE)
  })

  // ASVS 7.5.1
  test('are also those of 1.8.26, with SUDO_FOR_ALL, and not without it', async () => {
    for (const [SUDO_FOR_ALL, status] of [
      ['true', 403],
      ['false', 201],
    ] as const) {
      await using server = await testServer(await newDatabase(), { SUDO_FOR_ALL })
      const token = await aToken(server, await anAccount(server))
      const phone = { phone_number: '+14155552671' }
      const changes = () => [
        server.call('POST', '/phones', { token, json: phone }),
        server.call('POST', '/security/generate_qrcode', { token, json: {} }),
      ]
      server.clock.advance(10 * MINUTE)
      for (const change of changes()) assert.equal((await change).status, status)
      if (status !== 403) continue
      assert.deepEqual((await server.call('POST', '/api_keys', { token, json: { totp_code: '1' } })).body, STALE)
      assert.equal((await server.call('GET', '/phones', { token })).status, 405)
      await confirm(server, token)
      for (const change of changes()) assert.equal((await change).status, 201)
    }
  })

  // ASVS 7.5.2
  test('are ending other sessions, with SUDO_FOR_ALL, and signing out is not', async () => {
    await using server = await testServer(await newDatabase(), { SUDO_FOR_ALL: 'true' })
    const person = await anAccount(server)
    const [token, other] = [await aToken(server, person), await aToken(server, person)]
    server.clock.advance(10 * MINUTE)
    const sessions = await server.call('GET', '/sessions', { token })
    const { id } = sessions.body.find(({ current }: { current: boolean }) => !current)
    assert.deepEqual((await server.call('DELETE', `/sessions/${id}`, { token })).body, STALE)
    assert.deepEqual((await server.call('DELETE', '/sessions', { token })).body, STALE)
    await confirm(server, token)
    assert.equal((await server.call('DELETE', `/sessions/${id}`, { token })).status, 204)
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 401)
    server.clock.advance(10 * MINUTE)
    assert.equal((await server.call('DELETE', '/sessions/current', { token })).status, 204)
  })

  test('are made for SUDO_LIFETIME, in the session that was confirmed and what it is renewed to', async () => {
    await using server = await testServer(await newDatabase(), { SUDO_LIFETIME: '60' })
    const person = await anAccount(server)
    const [token, other] = [await aToken(server, person), await aToken(server, person)]
    server.clock.advance(MINUTE)
    await confirm(server, token)
    assert.equal((await danger(server, other)).status, 403)
    server.clock.advance(30 * SECOND)
    const renewed = await server.call('POST', '/security/renew', { token, json: {} })
    assert.equal((await danger(server, renewed.body)).status, 400)
    server.clock.advance(30 * SECOND)
    assert.equal((await danger(server, renewed.body)).status, 403, 'a renewal proves nothing')
  })

  test('are not made with an application’s token because it is young', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await server.deps.db.updateTable('sessions').set({ grant_id: 'a consent' }).execute()
    assert.deepEqual((await danger(server, token)).body, STALE)
    await confirm(server, token)
    assert.equal((await danger(server, token)).status, 400)
  })

  // ASVS 7.5.3
  test('need the code as well where the second factor is on; a recovery code will do', async () => {
    await using server = await testServer(await newDatabase())
    const { token, app } = await anAuthenticator(server, await anAccount(server))
    const { codes } = (await server.call('POST', '/security/recovery_codes', { token, json: { code: app.next() } }))
      .body
    const missing = await confirm(server, token)
    const text = 'The account has enabled 2FA but OTP code is missing'
    assert.deepEqual([missing.status, missing.body], [403, { error: text }])
    const send = (otp_code: string) => confirm(server, token, { password: PASSWORD, otp_code })
    const wrong = await send(app.wrong())
    assert.deepEqual([wrong.status, wrong.body], [422, { error: 'OTP code is invalid' }])
    const code = app.next()
    assert.equal((await send(code)).status, 201)
    assert.deepEqual((await send(code)).body, { error: 'This code was used before; wait for the next one' })
    assert.equal((await send(codes[0])).status, 201)
    assert.equal((await send(codes[0])).status, 422)
  })
})

onEachDatabase('Confirming the password', (newDatabase) => {
  test('counts wrong ones of the session, also against the right one', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SESSION_GUESSES: '3/1h' })
    const token = await aToken(server, await anAccount(server))
    server.clock.advance(10 * MINUTE)
    const answers = await Promise.all(Array.from({ length: 3 }, () => confirm(server, token, { password: 'wrong' })))
    for (const { status, body } of answers) assert.deepEqual([status, body], [401, { error: 'Invalid password' }])
    assert.equal((await confirm(server, token)).status, 429)
    assert.equal((await danger(server, token)).status, 403)
  })

  test('counts no code that is missing, nor one that was right', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SESSION_GUESSES: '2/1h' })
    const { token, app } = await anAuthenticator(server, await anAccount(server))
    for (let time = 0; time < 4; time++) assert.equal((await confirm(server, token)).status, 403)
    const send = async (otp_code: string) => (await confirm(server, token, { password: PASSWORD, otp_code })).status
    for (let time = 0; time < 3; time++) assert.equal(await send(app.next()), 201)
    assert.deepEqual([await send(app.wrong()), await send(app.wrong())], [422, 422])
    assert.equal(await send(app.next()), 429)
  })

  test('is for those who are signed in, and tells what is missing', async () => {
    await using server = await testServer(await newDatabase())
    assert.equal((await confirm(server, undefined)).status, 401)
    const token = await aToken(server, await anAccount(server))
    assert.deepEqual((await confirm(server, token, {})).body, { error: 'Password is missing' })
    await server.deps.db
      .updateTable('sessions')
      .set({ revoked_at: iso(server.clock.now()) })
      .execute()
    assert.deepEqual((await confirm(server, token)).body, { error: 'The access token was revoked' })
  })
})
