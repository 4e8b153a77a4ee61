import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { hash as bcrypt } from 'bcryptjs'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { HOUR, iso } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const WRONG = [401, { error: 'Invalid Email or Password' }]

onEachDatabase('Where accounts are hidden', (newDatabase) => {
  const server = sharedServer(newDatabase, { BARONG_HIDE_ACCOUNTS: 'true', MAX_LOGIN_ATTEMPTS: '2' })
  let application_id: string
  before(async () => {
    application_id = (await anApplication(server())).uid
  })
  /** The answer, and whether it came as late as every other. */
  const call = async (method: 'POST' | 'PUT', path: string, json: unknown, token?: string) => {
    const started = performance.now()
    const { status, body } = await server().call(method, path, { json, token })
    assert.ok(performance.now() - started >= 295, `${path} answered early`)
    return [status, body]
  }
  const aLockedAccount = () => anAccount(server(), { failed_attempts: 2, locked_at: iso(server().clock.now()) })
  const password = 'swan lake 1887'
  const signIn = (account: Account | { email: string }, password: string) =>
    call('POST', '/sessions', { email: account.email, password, application_id })

  test('mails are promised to everybody and sent to those concerned', async () => {
    const confirmed = await anAccount(server())
    const locked = await aLockedAccount()
    const doors: [path: string, answer: unknown, mailed: string[]][] = [
      ['/security/reset_password', [201, null], [confirmed.email, locked.email]],
      [
        '/accounts/send_confirmation_instructions',
        [201, { message: 'Confirmation instructions was sent successfully' }],
        [],
      ],
      [
        '/accounts/send_unlock_instructions',
        [201, { message: 'Unlock instructions was sent successfully' }],
        [locked.email],
      ],
    ]
    for (const [path, answer, mailed] of doors) {
      await server().deliver()
      server().mails.length = 0
      for (const email of ['nobody@example.com', confirmed.email, locked.email])
        assert.deepEqual(await call('POST', path, { email }), answer)
      await server().deliver()
      assert.deepEqual(
        server().mails.map((mail) => mail.to),
        mailed,
      )
    }
  })

  test('signing up answers alike for a taken address, and mails nothing then', async () => {
    const { email } = await anAccount(server())
    assert.deepEqual(await call('POST', '/accounts', { email, password }), [201, null])
    assert.deepEqual(await call('POST', '/accounts', { email: 'fresh@example.com', password }), [201, null])
    assert.deepEqual(
      [(await mailsTo(server(), email)).length, (await mailsTo(server(), 'fresh@example.com')).length],
      [0, 1],
    )
    const short = { error: ['Password is too short (minimum is 8 characters)'] }
    assert.deepEqual((await server().call('POST', '/accounts', { json: { email, password: 'short' } })).body, short)
  })

  test('signing in says of nobody that they exist, are locked or guessed right', async () => {
    const account = await anAccount(server())
    const locked = await aLockedAccount()
    assert.deepEqual(await signIn({ email: 'nobody@example.com' }, PASSWORD), WRONG)
    assert.deepEqual(await signIn(locked, 'wrong'), WRONG)
    assert.deepEqual(await signIn(locked, PASSWORD), WRONG)
    for (let attempt = 1; attempt <= 3; attempt++) assert.deepEqual(await signIn(account, 'wrong'), WRONG)
    assert.deepEqual(await signIn(account, PASSWORD), WRONG)
    server().clock.advance(HOUR)
    assert.equal((await signIn(account, PASSWORD))[0], 201)
  })

  test('nobody is asked for the second factor of a locked account, which would tell that the password was right', async () => {
    const now = iso(server().clock.now())
    const { email } = await anAccount(server(), { failed_attempts: 2, locked_at: now, otp_enabled_at: now })
    const headers = { 'sec-fetch-site': 'same-origin' }
    for (const typed of [PASSWORD, 'wrong']) {
      const json = { email, password: typed }
      const { status, body } = await server().call('POST', '/browser_session', { json, headers })
      assert.deepEqual([status, body], WRONG, typed)
    }
  })

  test('whoever is signed in learns of no number and no address by the time either', async () => {
    const token = String((await signIn(await anAccount(server()), PASSWORD))[1])
    const phone = { phone_number: '+14155552671' }
    for (const path of ['/phones', '/phones/send_code']) assert.equal((await call('POST', path, phone, token))[0], 201)
    for (const email of ['free@example.com', (await anAccount(server())).email])
      assert.deepEqual(await call('POST', '/accounts/email', { email }, token), [201, null])
  })

  test('a wrong application is told to everybody', async () => {
    const { email } = await anAccount(server())
    for (const address of [email, 'nobody@example.com']) {
      const json = { email: address, password: PASSWORD, application_id: 'x' }
      const { status, body } = await server().call('POST', '/sessions', { json })
      assert.deepEqual([status, body], [401, { error: 'Wrong Application ID' }])
    }
  })
})

onEachDatabase('Where accounts are hidden and mails have a budget', (newDatabase) => {
  const server = sharedServer(newDatabase, { BARONG_HIDE_ACCOUNTS: 'true', BARONG_LIMIT_MAIL_RECIPIENT: '2/1h' })

  test('who signs in before the e-mail is confirmed is mailed the link no more often than who asks for it', async () => {
    const { uid: application_id } = await anApplication(server())
    const json = { email: 'early@example.com', password: PASSWORD }
    assert.equal((await server().call('POST', '/accounts', { json })).status, 201)
    for (let time = 0; time < 4; time++) {
      const { status, body } = await server().call('POST', '/sessions', { json: { ...json, application_id } })
      assert.deepEqual([status, body], WRONG)
    }
    const asked = await server().call('POST', '/accounts/send_confirmation_instructions', { json })
    assert.equal(asked.status, 201)
    assert.equal((await mailsTo(server(), json.email)).length, 3, 'one with the sign-up, and two within the budget')
  })
})

onEachDatabase('Where accounts are hidden and some were imported', (newDatabase) => {
  const server = sharedServer(newDatabase, { BARONG_HIDE_ACCOUNTS: 'true', BARONG_HIDING_TIME: '700' })

  test('answers take as long as the operator says', async () => {
    const password_digest = await bcrypt(PASSWORD, 10)
    const { email } = await anAccount(server(), { password_digest })
    const { uid: application_id } = await anApplication(server())
    for (const address of [email, 'nobody@example.com']) {
      const started = performance.now()
      const json = { email: address, password: 'ﬁsh and chips', application_id }
      const { status, body } = await server().call('POST', '/sessions', { json })
      assert.deepEqual([status, body], WRONG)
      assert.ok(performance.now() - started >= 695, `${address} was answered early`)
    }
  })
})
