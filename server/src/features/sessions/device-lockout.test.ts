import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { solveProofOfWork } from '@barong/sdk'
import type { FastifyInstance } from 'fastify'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { aCaller, addressOf, type Caller, tryPassword, work } from '../../../test/support/callers.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { buildApp } from '../../app.ts'
import { HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import { createPasswords } from '../../platform/crypto/passwords.ts'
import { setPassword } from '../accounts/accounts.ts'

const WRONG = 'Invalid Email or Password'
const TOO_MANY = 'Too many requests, please try again later'
const WORK = 'Too many wrong passwords, please send a proof of work'
const NEW_PASSWORD = 'seven lanterns uphill'
const SETTINGS = {
  BARONG_LOCKOUT: 'device',
  BARONG_LIMIT_GUESSES: '3/10s',
  BARONG_LIMIT_STRANGERS: '8/1h',
  BARONG_LIMIT_DEVICE_GUESSES: '4/10m',
  BARONG_LIMIT_SESSION_GUESSES: '10/10m',
  BARONG_PROOF_OF_WORK_AFTER: '5',
  BARONG_PROOF_OF_WORK_BITS: '8',
}

onEachDatabase('Where devices pay for wrong passwords', (newDatabase) => {
  const server = sharedServer(newDatabase, SETTINGS)
  let application_id: string
  let machines = 0
  before(async () => {
    application_id = (await anApplication(server())).uid
  })
  const stranger = () => aCaller(addressOf(++machines))
  const guess = (caller: Caller, email: string, password = 'wrong', proof?: string) =>
    tryPassword(server(), caller, { email, password, application_id }, proof)
  const textsOf = async (times: number, once: (index: number) => Promise<{ body: { error?: string } }>) => {
    const texts: (string | undefined)[] = []
    for (let index = 0; index < times; index++) texts.push((await once(index)).body.error)
    return texts
  }
  const aKnownDevice = async (email: string) => {
    const device = stranger()
    assert.equal((await guess(device, email, PASSWORD)).status, 201)
    return device
  }

  test('one stranger is slowed down, and told when to come again', async () => {
    const { email } = await anAccount(server())
    const caller = stranger()
    assert.deepEqual(await textsOf(4, () => guess(caller, email)), [WRONG, WRONG, WRONG, TOO_MANY])
    const refused = await guess(caller, email, PASSWORD)
    assert.deepEqual([refused.status, refused.retry_after], [429, '10'], 'the right one is not looked at either')
    server().clock.advance(10 * SECOND)
    assert.equal((await guess(caller, email, PASSWORD)).status, 201)
  })

  // ASVS 6.3.1
  test('many strangers are asked for work, then refused; the known device signs in at the first try', async () => {
    const { email } = await anAccount(server())
    const device = await aKnownDevice(email)
    assert.deepEqual(await textsOf(6, () => guess(stranger(), email)), [WRONG, WRONG, WRONG, WRONG, WRONG, WORK])
    for (let time = 0; time < 3; time++) {
      const caller = stranger()
      const asked = await guess(caller, email)
      assert.deepEqual([asked.status, asked.retry_after, asked.body.proof_of_work.algorithm], [429, '0', 'SHA-256'])
      assert.equal((await guess(caller, email, 'wrong', work(asked.body.proof_of_work))).body.error, WRONG)
    }
    const refused = await guess(stranger(), email, PASSWORD)
    assert.deepEqual([refused.body, refused.retry_after], [{ error: TOO_MANY }, '3600'])
    assert.equal((await guess(device, email, PASSWORD)).status, 201)
    const { locked_at, failed_attempts } = await server()
      .deps.db.selectFrom('accounts')
      .select(['locked_at', 'failed_attempts'])
      .where('email', '=', email)
      .executeTakeFirstOrThrow()
    assert.deepEqual([locked_at, failed_attempts], [null, 0])
    server().clock.advance(HOUR)
    assert.equal((await guess(stranger(), email, PASSWORD)).status, 201)
  })

  test('work is good once, for its account, in time, and not made up', async () => {
    const [{ email }, other] = [await anAccount(server()), await anAccount(server())]
    for (let time = 0; time < 5; time++) for (const each of [email, other.email]) await guess(stranger(), each)
    const ask = async (of: string) => (await guess(stranger(), of)).body.proof_of_work
    const refused = async (proof: string, why: string) =>
      assert.equal((await guess(stranger(), email, PASSWORD, proof)).body.error, WORK, why)
    await refused(work(await ask(other.email)), 'transplanted')
    const challenge = await ask(email)
    const easier = challenge.challenge.replace(/^\d+/, '1')
    await refused(work({ challenge: easier, difficulty: 1 }), 'downgraded')
    await refused(`${challenge.challenge}:x`, 'no number')
    await refused('nonsense', 'forged')
    const late = work(await ask(email))
    server().clock.advance(5 * MINUTE)
    await refused(late, 'late')
    const done = work(await ask(email))
    const both = await Promise.all([guess(stranger(), email, 'wrong', done), guess(stranger(), email, 'wrong', done)])
    assert.deepEqual(both.map(({ body }) => body.error).sort(), [WRONG, WORK], 'replayed')
    const right = work(await ask(email))
    assert.equal((await guess(stranger(), email, PASSWORD, right)).status, 201)
  })

  test('work grows with the guesses, and is done by the solver of the SDK', async () => {
    const { email } = await anAccount(server())
    for (let time = 0; time < 5; time++) await guess(stranger(), email)
    const first = (await guess(stranger(), email)).body.proof_of_work
    assert.equal(first.difficulty, 8)
    const proof = await solveProofOfWork(first)
    assert.equal((await guess(stranger(), email, PASSWORD, proof)).status, 201)
    await assert.rejects(solveProofOfWork({ ...first, algorithm: 'MD5' }), TypeError)
  })

  test('a known device has a budget of its own, which others do not use up', async () => {
    const { email } = await anAccount(server())
    const [one, other] = [await aKnownDevice(email), await aKnownDevice(email)]
    assert.deepEqual(await textsOf(5, () => guess(one, email)), [WRONG, WRONG, WRONG, WRONG, TOO_MANY])
    assert.equal((await guess(one, email, PASSWORD)).status, 429)
    assert.equal((await guess(other, email, PASSWORD)).status, 201)
    server().clock.advance(10 * MINUTE)
    for (let time = 0; time < 6; time++)
      assert.equal((await guess(one, email, PASSWORD)).status, 201, 'right ones are free')
  })

  test('a device known to one account is a stranger to another, and a cookie that was altered is none', async () => {
    const [mine, theirs, third] = [await anAccount(server()), await anAccount(server()), await anAccount(server())]
    const device = await aKnownDevice(theirs.email)
    assert.deepEqual((await textsOf(4, () => guess(device, mine.email)))[3], TOO_MANY)
    const forger = { ...(await aKnownDevice(third.email)) }
    forger.cookie = forger.cookie.replace(/=.{22}/, `=${'A'.repeat(22)}`)
    assert.deepEqual((await textsOf(4, () => guess(forger, third.email)))[3], TOO_MANY)
  })

  test('a new password makes strangers of the devices that were known, but for the one that chose it by mail', async () => {
    const person = await anAccount(server())
    const json = { email: person.email }
    assert.equal((await server().call('POST', '/security/reset_password', { json })).status, 201)
    const [former, chooser] = [await aKnownDevice(person.email), stranger()]
    const answer = await server().app.inject({
      method: 'PUT',
      url: '/api/v1/security/reset_password',
      payload: { reset_password_token: await mailedToken(server(), person.email), password: NEW_PASSWORD },
    })
    assert.equal(answer.statusCode, 200)
    const cookie = answer.cookies.find(({ name }) => name === 'barong_device')
    chooser.cookie = `barong_device=${cookie?.value}`
    const borne = async (device: Caller) => (await textsOf(4, () => guess(device, person.email))).at(-1)
    assert.equal(await borne(former), TOO_MANY, 'as a stranger')
    assert.equal(await borne(chooser), WRONG, 'as a known device')
    const known = await anAccount(server())
    const device = await aKnownDevice(known.email)
    await setPassword(server().deps, known, NEW_PASSWORD)
    assert.equal((await textsOf(4, () => guess(device, known.email))).at(-1), TOO_MANY, 'by an operator')
  })

  test('guesses that come all at once are no more than one after the other', async () => {
    const { email } = await anAccount(server())
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess(stranger(), email)))
    const looked = answers.filter(({ body }) => body.error === WRONG).length
    assert.ok(looked <= 8, `${looked} were looked at`)
  })

  test('nobody learns from it whether an account exists', async () => {
    const { email } = await anAccount(server())
    const told = async (address: string) => textsOf(7, () => guess(stranger(), address))
    assert.deepEqual(await told('nobody@example.com'), await told(email))
  })

  test('wrong codes lock strangers out, and count for a known device', async () => {
    const person = await anAccount(server())
    const { app } = await anAuthenticator(server(), person)
    const device = stranger()
    const code = (caller: Caller, otp_code: string) =>
      tryPassword(server(), caller, { email: person.email, password: PASSWORD, application_id, otp_code })
    assert.equal((await code(device, app.next())).status, 201)
    for (let time = 0; time < 5; time++) assert.equal((await code(stranger(), app.wrong())).status, 403)
    assert.deepEqual((await code(stranger(), app.next())).body, { error: 'Your account was locked!' })
    assert.equal((await code(device, app.next())).status, 201)
    for (let time = 0; time < 4; time++) assert.equal((await code(device, app.wrong())).status, 403)
    assert.equal((await code(device, app.next())).status, 429)
  })

  test('a lock that strangers cause does not stop somebody who is signed in, on whatever device', async () => {
    const person = await anAccount(server())
    const { app } = await anAuthenticator(server(), person)
    const device = stranger()
    const code = (caller: Caller, otp_code: string) =>
      tryPassword(server(), caller, { email: person.email, password: PASSWORD, application_id, otp_code })
    const token = String((await code(device, app.next())).body)
    for (let time = 0; time < 5; time++) assert.equal((await code(stranger(), app.wrong())).status, 403)
    const verify = async (otp_code: string) =>
      (await server().call('POST', '/security/verify_code', { token, json: { code: otp_code } })).status
    assert.equal(await verify(app.next()), 201)
    for (let time = 0; time < 10; time++) assert.equal(await verify(app.wrong()), 422)
    assert.equal(await verify(app.next()), 429, 'the session has its budget')
    assert.equal((await code(device, app.next())).status, 201, 'the device has another')
    server().clock.advance(10 * MINUTE)
    const json = { old_password: PASSWORD, new_password: 'seven lanterns uphill' }
    assert.equal((await server().call('PUT', '/accounts/password', { token, json })).status, 200)
  })

  test('codes that come all at once from a known device are no more than its budget', async () => {
    const person = await anAccount(server())
    const { app } = await anAuthenticator(server(), person)
    const device = stranger()
    const code = (otp_code: string) =>
      tryPassword(server(), device, { email: person.email, password: PASSWORD, application_id, otp_code })
    assert.equal((await code(app.next())).status, 201)
    const wrong = app.wrong()
    const answers = await Promise.all(Array.from({ length: 20 }, () => code(wrong)))
    assert.ok(answers.filter(({ status }) => status === 403).length <= 4)
  })

  test('what was not compared, or was right, is no guess', async () => {
    const { email } = await anAccount(server(), { state: 'pending', confirmed_at: null })
    const caller = stranger()
    const unconfirmed = 'You have to confirm your email address before continuing'
    assert.deepEqual(await textsOf(5, () => guess(caller, email, PASSWORD)), Array(5).fill(unconfirmed))
  })

  test('a password that is not compared because the server is busy is no guess either', async () => {
    const { email } = await anAccount(server())
    const device = stranger()
    const { body: token } = await guess(device, email, PASSWORD)
    // It has no thread to hash on, and nobody may wait for one.
    const passwords = createPasswords({ width: 0, waiting: 0 })
    await using busy = await buildApp({ ...server().deps, passwords })
    const confirm = async (app: FastifyInstance) => {
      const headers = { cookie: device.cookie, authorization: `Bearer ${token}` }
      const payload = { password: PASSWORD }
      return (await app.inject({ method: 'POST', url: '/api/v1/security/confirm', headers, payload })).statusCode
    }
    for (let time = 0; time < 6; time++) assert.equal(await confirm(busy), 503)
    assert.equal(await confirm(server().app), 201)
  })

  test('a right code is no guess either where the sign-in is refused for something else', async () => {
    const person = await anAccount(server())
    const { app } = await anAuthenticator(server(), person)
    const device = stranger()
    const code = (more: { expires_in?: string }) => {
      const credentials = { email: person.email, password: PASSWORD, application_id, otp_code: app.next(), ...more }
      return tryPassword(server(), device, credentials)
    }
    assert.equal((await code({})).status, 201)
    for (let time = 0; time < 5; time++) assert.equal((await code({ expires_in: '999999999' })).status, 422)
    assert.equal((await code({})).status, 201)
  })
})
