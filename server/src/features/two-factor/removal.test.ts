import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { subjects } from '../../../test/support/notices.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { MINUTE } from '../../lib/clock.ts'
import { disableTwoFactor } from './two-factor.ts'

const disable = (server: TestServer, token: string | undefined, code: string, password = PASSWORD) =>
  server.call('POST', '/security/disable_2fa', { token, json: { password, code } })
const account = (server: TestServer, id: number) =>
  server.deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** A person with the second factor on, recovery codes, and a second session. */
async function prepared(server: TestServer) {
  const person = await anAccount(server)
  const { token, app } = await anAuthenticator(server, person)
  const { codes } = (await server.call('POST', '/security/recovery_codes', { token, json: { code: app.next() } })).body
  const application_id = (await anApplication(server)).uid
  const signIn = (otp_code?: string) =>
    server.call('POST', '/sessions', { json: { email: person.email, password: PASSWORD, application_id, otp_code } })
  const other: string = (await signIn(app.next())).body
  return { person, token, app, codes, other, signIn }
}

onEachDatabase('Turning the second factor off', (newDatabase) => {
  // ASVS 6.5.6, 7.4.3
  test('erases its secret and the recovery codes, ends other sessions, and is told to people and services', async () => {
    await using server = await testServer(await newDatabase())
    const { person, token, app, other, signIn } = await prepared(server)
    const done = await disable(server, token, app.next())
    assert.deepEqual([done.status, done.body], [201, null])
    const { otp_secret_sealed, otp_enabled_at, otp_last_step } = await account(server, person.id)
    assert.deepEqual([otp_secret_sealed, otp_enabled_at, otp_last_step], [null, null, null])
    assert.deepEqual(await server.deps.db.selectFrom('recovery_codes').selectAll().execute(), [])
    assert.equal((await server.call('GET', '/accounts/me', { token })).body.otp_enabled, false)
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 401)
    assert.equal((await signIn()).status, 201)
    assert.deepEqual((await subjects(server)).slice(-2), [
      'Two-factor authentication was turned off',
      'Some actions are on hold',
    ])
    assert.ok(server.events.some(({ payload }) => JSON.stringify(payload).includes('"changes":{"otp_enabled":true')))
    const again = await disable(server, token, app.next())
    assert.deepEqual([again.status, again.body], [400, { error: '2FA has not been enabled for this account' }])
  })

  test('takes a recovery code of somebody whose phone is gone', async () => {
    await using server = await testServer(await newDatabase())
    const { token, codes } = await prepared(server)
    assert.equal((await disable(server, token, codes[3])).status, 201)
  })

  test('happens once of many times at once, and after it a new secret can be enrolled', async () => {
    await using server = await testServer(await newDatabase())
    const { person, token, app } = await prepared(server)
    const code = app.next()
    const answers = await Promise.all([1, 2, 3].map(() => disable(server, token, code)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    assert.equal((await account(server, person.id)).otp_enabled_at, null)
    assert.equal((await server.call('POST', '/security/generate_qrcode', { token })).status, 201)
  })

  test('is refused with a wrong password, a wrong, used or missing code, to strangers and to stale sessions', async () => {
    await using server = await testServer(await newDatabase())
    const { person, token, app } = await prepared(server)
    const answer = async (bearer: string | undefined, code: string, password = PASSWORD) => {
      const { status, body } = await disable(server, bearer, code, password)
      return [status, body.error]
    }
    const code = app.next()
    assert.deepEqual(await answer(token, code, 'wrong'), [401, 'Invalid password'])
    assert.deepEqual(await answer(token, app.wrong()), [422, 'OTP code is invalid'])
    assert.deepEqual(await answer(token, ''), [400, 'Code is empty'])
    assert.deepEqual(await answer(undefined, code), [401, 'The access token is invalid'])
    await server.call('POST', '/security/verify_code', { token, json: { code } })
    assert.deepEqual(await answer(token, code), [422, 'This code was used before; wait for the next one'])
    const without = await aToken(server, await anAccount(server))
    assert.deepEqual(await answer(without, code), [400, '2FA has not been enabled for this account'])
    server.clock.advance(10 * MINUTE)
    assert.deepEqual(await answer(token, app.code()), [403, 'Please confirm your password'])
    assert.notEqual((await account(server, person.id)).otp_enabled_at, null)
  })

  test('counts what is wrong', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SESSION_GUESSES: '4/1h' })
    const { token, app } = await prepared(server)
    for (let guess = 0; guess < 4; guess++) assert.equal((await disable(server, token, app.wrong())).status, 422)
    assert.equal((await disable(server, token, app.next())).status, 429)
  })

  test('is done by an operator for somebody who lost everything, and ends all sessions', async () => {
    await using server = await testServer(await newDatabase())
    const { person, token } = await prepared(server)
    assert.equal((await disableTwoFactor(server.deps, person)).otp_enabled_at, null)
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    assert.deepEqual((await subjects(server)).slice(-2), [
      'Two-factor authentication was turned off',
      'Some actions are on hold',
    ])
    await assert.rejects(disableTwoFactor(server.deps, person), /has not been enabled/)
  })
})
