import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator, authenticatorOf } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { MINUTE, SECOND } from '../../lib/clock.ts'

const WRONG = { error: 'OTP code is invalid' }
const USED = { error: 'Something wrong with 2FA' }
const account = (server: TestServer, id: number) =>
  server.deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const verify = (server: TestServer, token: string, code: unknown) =>
  server.call('POST', '/security/verify_code', { token, json: { code } })
const enable = (server: TestServer, token: string, code: unknown) =>
  server.call('POST', '/security/enable_2fa', { token, json: { code } })

onEachDatabase('The second factor', (newDatabase) => {
  test('is shown as a QR code of 300 pixels and as the URL authenticator apps read', async () => {
    await using server = await testServer(await newDatabase(), { APP_NAME: 'My Exchange' })
    const person = await anAccount(server, { email: 'a+b@example.com' })
    const token = await aToken(server, person)
    const { status, body } = await server.call('POST', '/security/generate_qrcode', { token })
    assert.equal(status, 201)
    const { data, ...envelope } = body
    assert.deepEqual(Object.keys(body), [
      'auth',
      'data',
      'lease_duration',
      'lease_id',
      'renewable',
      'warnings',
      'wrap_info',
    ])
    assert.deepEqual(envelope, {
      auth: null,
      lease_duration: 0,
      lease_id: '',
      renewable: false,
      warnings: null,
      wrap_info: null,
    })
    const png = Buffer.from(data.barcode, 'base64')
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [300, 300])
    assert.match(data.url, /^otpauth:\/\/totp\/My%20Exchange:a\+b@example\.com\?algorithm=SHA1&digits=6&/)
    const url = new URL(data.url)
    assert.equal(decodeURIComponent(`${url.host}${url.pathname}`), 'totp/My Exchange:a+b@example.com')
    const { secret = '', ...terms } = Object.fromEntries(url.searchParams)
    assert.deepEqual(terms, { issuer: 'My Exchange', algorithm: 'SHA1', digits: '6', period: '30' })
    assert.match(secret, /^[A-Z2-7]{32}$/)
    const row = await account(server, person.id)
    assert.equal(row.otp_secret_sealed, null)
    assert.ok(!row.otp_pending_sealed?.includes(secret))
  })

  test('is switched on by a first code, which ends other sessions and is told to other services', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const other = await aToken(server, person)
    const { token, app } = await anAuthenticator(server, person)
    assert.equal((await server.call('GET', '/accounts/me', { token: other })).status, 401, 'opened without it')
    await server.deliver()
    const [event] = server.events.filter(({ payload }) => JSON.stringify(payload).includes('"otp_enabled":true'))
    assert.equal(event?.name, 'model.account.updated')
    const row = await account(server, person.id)
    assert.deepEqual([row.otp_pending_sealed, row.otp_pending_until], [null, null])
    assert.equal((await server.call('GET', '/accounts/me', { token })).body.otp_enabled, true)
    for (const path of ['/security/enable_2fa', '/security/generate_qrcode']) {
      const again = await server.call('POST', path, { token, json: { code: app.next() } })
      assert.deepEqual([again.status, again.body], [400, { error: '2FA has been enabled for this account' }])
    }
  })

  test('is not switched on by a code of a secret that was replaced, lapsed or never made', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const generate = async () =>
      authenticatorOf(server, (await server.call('POST', '/security/generate_qrcode', { token })).body.data.url)
    const none = await enable(server, token, '123456')
    assert.deepEqual([none.status, none.body], [422, WRONG])
    const replaced = await generate()
    const lapsing = await generate()
    assert.equal((await enable(server, token, replaced.code())).status, 422)
    server.clock.advance(15 * MINUTE)
    assert.equal((await enable(server, token, lapsing.code())).status, 422)
    const app = await generate()
    server.clock.advance(15 * MINUTE - SECOND)
    assert.equal((await enable(server, token, app.code())).status, 201)
  })

  test('tells what is wrong with a code before it tells what is wrong with the account', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    for (const path of ['/security/enable_2fa', '/security/verify_code']) {
      const send = async (json: unknown, bearer?: string) => {
        const { status, body } = await server.call('POST', path, { json, token: bearer })
        return [status, body.error]
      }
      assert.deepEqual(await send({}, token), [400, 'Code is missing, Code is empty'])
      assert.deepEqual(await send({}), [400, 'Code is missing, Code is empty'])
      assert.deepEqual(await send({ code: null }, token), [400, 'Code is empty'])
      assert.deepEqual(await send({ code: ' ' }, token), [400, 'Code is empty'])
      assert.deepEqual(await send({ code: ['1'] }, token), [400, 'Code is invalid'])
      assert.deepEqual(await send({ code: '123456' }), [401, 'The access token is invalid'])
    }
    const stranger = await server.call('POST', '/security/generate_qrcode')
    assert.deepEqual([stranger.status, stranger.body], [401, { error: 'The access token is invalid' }])
    const off = await verify(server, token, '123456')
    assert.deepEqual([off.status, off.body], [400, { error: '2FA has not been enabled for this account' }])
  })

  // ASVS 6.5.1, 6.5.5, 6.5.8
  test('takes a code once, as text, number or form, with spaces, and one step early or late', async () => {
    await using server = await testServer(await newDatabase())
    const { token, app } = await anAuthenticator(server, await anAccount(server))
    const used = await verify(server, token, app.code())
    assert.deepEqual([used.status, used.body], [422, USED], 'the code that switched it on is used up')
    const code = app.next()
    const right = await verify(server, token, `${code.slice(0, 3)} ${code.slice(3)}`)
    assert.deepEqual([right.status, right.body], [201, null])
    assert.deepEqual((await verify(server, token, code)).body, USED)
    const form = await server.call('POST', '/security/verify_code', { token, form: { code: app.next() } })
    assert.equal(form.status, 201)
    const early = app.code(1)
    assert.equal((await verify(server, token, early.startsWith('0') ? early : Number(early))).status, 201)
    assert.equal((await verify(server, token, app.code())).status, 422, 'a step before the last used one')
    server.clock.advance(90 * SECOND)
    assert.equal((await verify(server, token, app.code(-2))).status, 422)
    assert.equal((await verify(server, token, app.code(2))).status, 422)
    assert.equal((await verify(server, token, app.code(-1))).status, 201)
    for (const code of ['12345', '1234567', 'abcdef', '١٢٣٤٥٦', '-12345', '1e5000'])
      assert.deepEqual((await verify(server, token, code)).body, WRONG)
  })

  test('lets exactly one of many through that bring one code at once', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const { token, app } = await anAuthenticator(server, person)
    const application_id = (await anApplication(server)).uid
    const otp_code = app.next()
    const answers = await Promise.all([
      verify(server, token, otp_code),
      verify(server, token, otp_code),
      server.call('GET', `/api_keys?totp_code=${otp_code}`, { token }),
      server.call('POST', '/sessions', { json: { email: person.email, password: PASSWORD, application_id, otp_code } }),
    ])
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status < 300).length, 1, statuses.join())
  })

  test('is asked for at the sign-in, where a code is good once as well', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const { app } = await anAuthenticator(server, person)
    const application_id = (await anApplication(server)).uid
    const signIn = (otp_code?: string) =>
      server.call('POST', '/sessions', { json: { email: person.email, password: PASSWORD, application_id, otp_code } })
    assert.deepEqual((await signIn()).body, { error: 'The account has enabled 2FA but OTP code is missing' })
    assert.deepEqual([(await signIn(app.wrong())).status, (await signIn(app.wrong())).body], [403, WRONG])
    const code = app.next()
    assert.equal((await signIn(code)).status, 201)
    const again = await signIn(code)
    assert.deepEqual([again.status, again.body], [422, USED])
    assert.equal((await account(server, person.id)).failed_attempts, 0, 'a used code is no guess')
  })
})

onEachDatabase('Guessing codes', (newDatabase) => {
  test('of a session ends with its budget, and locks nobody out', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SESSION_GUESSES: '10/10m' })
    const person = await anAccount(server)
    const { token, app } = await anAuthenticator(server, person)
    const guesses = await Promise.all(Array.from({ length: 20 }, () => verify(server, token, app.wrong())))
    assert.equal(guesses.filter(({ status }) => status === 422).length, 10, 'the others were not even compared')
    assert.equal((await verify(server, token, app.next())).status, 429)
    const { failed_attempts, locked_at } = await account(server, person.id)
    assert.deepEqual([failed_attempts, locked_at], [0, null])
    server.clock.advance(10 * MINUTE)
    assert.equal((await verify(server, token, app.code())).status, 201)
  })

  test('counts when the second factor is being switched on, and when API keys are asked for', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_LIMIT_SESSION_GUESSES: '2/1h' })
    const person = await anAccount(server)
    const token = await aToken(server, person)
    for (const _ of [1, 2, 3]) assert.equal((await enable(server, token, '000000')).status, 422, 'nothing to guess')
    const enrolment = await server.call('POST', '/security/generate_qrcode', { token })
    const app = authenticatorOf(server, enrolment.body.data.url)
    await enable(server, token, app.wrong())
    assert.equal((await enable(server, token, app.code())).status, 201)
    await server.call('GET', `/api_keys?totp_code=${app.wrong()}`, { token })
    assert.equal((await server.call('GET', `/api_keys?totp_code=${app.next()}`, { token })).status, 429)
  })
})
