import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { HOUR, iso } from '../../lib/clock.ts'

const NEW = 'another river at dusk 8Q'
const NOT_FOUND = [404, { error: 'Record is not found' }]

onEachDatabase('Resetting the password', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const call = async (method: 'POST' | 'PUT', json: unknown) => {
    const { status, body } = await server().call(method, '/security/reset_password', { json })
    return [status, body]
  }
  const set = (reset_password_token: string, password: string) => call('PUT', { reset_password_token, password })
  const find = ({ id }: { id: number }) =>
    server().deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  /** Somebody who asked for a link. */
  const someone = async (overrides = {}) => {
    const account = await anAccount(server(), overrides)
    assert.deepEqual(await call('POST', { email: account.email }), [201, null])
    return { account, token: await mailedToken(server(), account.email) }
  }

  test('is offered to known addresses by mail, and by an event without the token', async () => {
    const { account } = await someone()
    const mails = await mailsTo(server(), account.email)
    assert.deepEqual(
      mails.map((mail) => mail.subject),
      ['Reset password instructions'],
    )
    const event = server().events.find(({ name, account_id }) => /reset/.test(name) && account_id === account.id)
    assert.deepEqual(event?.payload, { uid: account.uid, email: account.email })
    assert.deepEqual(await call('POST', { email: 'nobody@example.com' }), NOT_FOUND)
    assert.deepEqual(await call('POST', { email: ' ' }), [400, { error: 'Email is empty' }])
  })

  test('sets the new password, unlocks and ends every session', async () => {
    const { account, token } = await someone()
    const session = await aToken(server(), account)
    await server()
      .deps.db.updateTable('accounts')
      .set({ failed_attempts: 5, locked_at: iso(server().clock.now()) })
      .where('id', '=', account.id)
      .execute()
    assert.deepEqual(await set(token, NEW), [200, null])
    const { failed_attempts, locked_at, reset_password_digest } = await find(account)
    assert.deepEqual([failed_attempts, locked_at, reset_password_digest], [0, null, null])
    const me = await server().call('GET', '/accounts/me', { token: session })
    assert.deepEqual([me.status, me.body], [401, { error: 'The access token was revoked' }])
    assert.equal(await server().deps.passwords.match((await find(account)).password_digest, NEW), 'right')
  })

  // ASVS 6.3.6, 6.4.3
  test('signs nobody in, and the second factor is asked for as ever', async () => {
    const { account, token } = await someone({ otp_enabled_at: iso(server().clock.now()) })
    const answer = await server().call('PUT', '/security/reset_password', {
      json: { reset_password_token: token, password: NEW },
    })
    assert.deepEqual([answer.status, answer.body], [200, null])
    assert.doesNotMatch(String(answer.headers['set-cookie'] ?? ''), /session/)
    const { uid: application_id } = await anApplication(server())
    const json = { email: account.email, password: NEW, application_id }
    const signIn = await server().call('POST', '/sessions', { json })
    assert.deepEqual([signIn.status, signIn.body.error], [403, 'The account has enabled 2FA but OTP code is missing'])
  })

  test('takes a token once', async () => {
    const { token } = await someone()
    await set(token, NEW)
    assert.deepEqual(await set(token, `${NEW} again`), NOT_FOUND)
    assert.deepEqual(await set('bad', NEW), NOT_FOUND)
  })

  test('lets exactly one of several at once win', async () => {
    const { account, token } = await someone()
    const passwords = ['first', 'second', 'third'].map((word) => `${NEW} ${word}`)
    const answers = await Promise.all(passwords.map((password) => set(token, password)))
    assert.deepEqual(answers.map(([status]) => status).sort(), [200, 404, 404])
    const winner = passwords[answers.findIndex(([status]) => status === 200)] ?? ''
    assert.equal(await server().deps.passwords.match((await find(account)).password_digest, winner), 'right')
  })

  test('is possible for six hours', async () => {
    const { token } = await someone()
    const { token: inTime } = await someone()
    server().clock.advance(6 * HOUR)
    assert.deepEqual(await set(inTime, NEW), [200, null])
    server().clock.advance(1)
    assert.deepEqual(await set(token, NEW), [
      422,
      { error: 'Reset password token has expired, please request a new one' },
    ])
  })

  test('takes the newest token only', async () => {
    const { account, token } = await someone()
    await call('POST', { email: account.email })
    assert.deepEqual(await set(token, NEW), NOT_FOUND)
    assert.deepEqual(await set(await mailedToken(server(), account.email), NEW), [200, null])
  })

  test('refuses weak passwords, the present one and blanks, and leaves the token good', async () => {
    const { token } = await someone()
    const cases: [password: string, error: string][] = [
      ['seven77', 'Password is too short (minimum is 8 characters)'],
      ['Password123', 'Password is too common'],
      [PASSWORD, 'Password must be different than the current password.'],
    ]
    for (const [password, error] of cases) assert.deepEqual(await set(token, password), [422, { error }])
    assert.deepEqual(await call('PUT', { reset_password_token: '', password: null }), [
      400,
      { error: 'Reset Password Token is empty, Password is empty' },
    ])
    assert.deepEqual(await set(token, NEW), [200, null])
  })

  test('is not for discarded or banned accounts, whatever was mailed before', async () => {
    for (const patch of [{ discarded_at: '2026-01-01T00:00:00.000Z' }, { state: 'banned' }]) {
      const { account, token } = await someone()
      await server().deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      assert.deepEqual(await set(token, NEW), NOT_FOUND)
      assert.deepEqual(await call('POST', { email: account.email }), NOT_FOUND)
      assert.equal((await find(account)).password_digest, account.password_digest)
    }
  })

  test('is open to those who have not confirmed yet', async () => {
    const { account, token } = await someone({ state: 'pending', confirmed_at: null })
    assert.deepEqual(await set(token, NEW), [200, null])
    assert.equal((await find(account)).state, 'pending')
  })
})
