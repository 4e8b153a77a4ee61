import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generalVerify } from 'jose'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { testServer } from '../../../test/support/server.ts'
import { alex, james, jeff, manage, signedAt, signersAllowed } from '../../../test/support/signers.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

onEachDatabase('Signatures for one-time codes', (newDatabase) => {
  const open = async () => testServer(await newDatabase(), signersAllowed())

  test('are added to the request as it was received, in the place of an earlier one of ours', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    // Spaces and order that no JSON writer of ours would keep.
    const payload = Buffer.from('{ "data" :{"b":1, "a":2},"iss":"peatio" }').toString('base64url')
    const [signature] = signedAt(server, {}, [alex]).signatures
    const signatures = [{ ...signature, header: { ...signature?.header, jku: 'x' }, note: [1] }]
    const stale = { protected: encode({ alg: 'RS256' }), header: { kid: 'barong' }, signature: 'AAAA' }
    const jwt = { payload, signatures: [stale, ...signatures], extra: 1 }
    const data = { account_uid: account.uid, otp_code: Number(app.next().replace(/^0/, '0')), jwt }
    const code = String(data.otp_code).padStart(6, '0')
    const answer = await manage(server, '/otp/sign', { ...data, otp_code: code.startsWith('0') ? code : data.otp_code })
    assert.equal(answer.status, 201)
    assert.deepEqual(Object.keys(answer.body).sort(), ['extra', 'payload', 'signatures'])
    assert.deepEqual([answer.body.payload, answer.body.extra], [payload, 1])
    const [kept, ours, ...others] = answer.body.signatures
    assert.deepEqual([kept, others], [signatures[0], []])
    assert.deepEqual([ours.header, ours.protected], [{ kid: 'barong' }, encode({ alg: 'RS256' })])
    await generalVerify({ payload, signatures: [ours] }, server.deps.keys.current().public_key)
  })

  test('are not given twice for one code, nor for a wrong one', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    const jwt = signedAt(server, {}, [alex])
    const sign = (otp_code: string) => manage(server, '/otp/sign', { account_uid: account.uid, otp_code, jwt })
    const wrong = await sign(app.wrong())
    assert.deepEqual([wrong.status, wrong.body], [422, { error: 'OTP code is invalid' }])
    const code = app.next()
    const answers = await Promise.all([1, 2, 3, 4].map(() => sign(code)))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 422, 422, 422])
  })

  test('are guessed at a limited number of times', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    const jwt = signedAt(server, {}, [alex])
    const sign = (otp_code: string) => manage(server, '/otp/sign', { account_uid: account.uid, otp_code, jwt })
    for (let guess = 0; guess < 10; guess++) assert.equal((await sign(app.wrong())).status, 422)
    const right = await sign(app.next())
    assert.deepEqual([right.status, right.body], [422, { error: 'Your account was locked!' }])
  })

  test('are refused for people who are not there, not active or have no second factor', async () => {
    await using server = await open()
    const jwt = signedAt(server, {}, [alex])
    const none = await anAccount(server)
    const pending = await anAccount(server, { state: 'pending' })
    const refusals: [string, number, string][] = [
      ['invalid', 404, 'Record is not found'],
      [pending.uid, 404, 'Record is not found'],
      [none.uid, 422, 'Account has not enabled 2FA'],
    ]
    for (const [account_uid, status, error] of refusals) {
      const answer = await manage(server, '/otp/sign', { account_uid, otp_code: '123456', jwt })
      assert.deepEqual([answer.status, answer.body], [status, { error }])
    }
  })

  test('are refused for what is missing, empty or no object', async () => {
    await using server = await open()
    const account_uid = 'x'
    const refusals: [Record<string, unknown>, string][] = [
      [
        {},
        'Account UID is missing, Account UID is empty, OTP code is missing, OTP code is empty, JWT is missing, JWT is empty',
      ],
      [{ account_uid, otp_code: '1', jwt: 'text' }, 'JWT is invalid'],
      [{ account_uid, otp_code: '1', jwt: {} }, 'JWT is empty'],
      [{ account_uid, otp_code: '', jwt: { a: 1 } }, 'OTP code is empty'],
    ]
    for (const [data, error] of refusals) {
      const answer = await manage(server, '/otp/sign', data)
      assert.deepEqual([answer.status, answer.body], [422, { error }])
    }
    assert.equal((await manage(server, '/otp/sign', {}, [james, jeff])).status, 401)
  })

  test('are refused for what is no request, and for what would pass for a token or an event of ours', async () => {
    await using server = await open()
    const account = await anAccount(server)
    const { app } = await anAuthenticator(server, account)
    const { payload, signatures } = signedAt(server, {}, [alex])
    const refusals: [Record<string, unknown>, string][] = [
      [{ data: 'invalid' }, '#<KeyError: key not found: :payload>'],
      [{ payload }, '#<KeyError: key not found: :signatures>'],
      [{ payload: 1, signatures }, 'payload is no JSON object in URL-safe base64'],
      [{ payload: 'bm8', signatures }, 'payload is no JSON object in URL-safe base64'],
      [{ payload, signatures: {} }, 'signatures are no list'],
      [{ payload, signatures: ['x'] }, 'a signature lacks protected, header.kid or signature'],
      [{ payload: encode({ iss: 'barong', uid: 'x' }), signatures }, 'payload claims to be from barong'],
      [{ payload: encode({ sub: 'session', uid: 'x' }), signatures }, 'payload claims to be from barong'],
      ...[server.deps.config.url, `${server.deps.config.url}/`, server.deps.config.url.toUpperCase()].map(
        (iss): [Record<string, unknown>, string] => [
          { payload: encode({ iss, aud: 'client', sub: account.uid, exp: 4_102_444_800 }), signatures },
          'payload claims to be from barong',
        ],
      ),
    ]
    for (const [jwt, reason] of refusals) {
      const data = { account_uid: account.uid, otp_code: app.next(), jwt }
      const answer = await manage(server, '/otp/sign', data)
      assert.deepEqual([answer.status, answer.body], [422, { error: `JWT is invalid by the reason "${reason}"` }])
    }
  })
})
