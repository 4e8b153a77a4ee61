import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

const WRONG = [401, { error: 'Invalid password' }]
const NEW = 'another river at dusk 8Q'

onEachDatabase('Changing the password', (newDatabase) => {
  const server = sharedServer(newDatabase, { BARONG_LIMIT_SESSION_GUESSES: '10/10m' })
  const change = async (token: string | undefined, json: unknown) => {
    const { status, body } = await server().call('PUT', '/accounts/password', { token, json })
    return [status, body]
  }
  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).body
  const find = ({ id }: { id: number }) =>
    server().deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const someone = async () => {
    const account = await anAccount(server())
    return { account, token: await aToken(server(), account) }
  }

  // ASVS 6.2.2, 7.4.3
  test('ends all other sessions and keeps the one that asks', async () => {
    const { account, token } = await someone()
    const other = await aToken(server(), account)
    assert.deepEqual(await change(token, { old_password: PASSWORD, new_password: NEW }), [200, null])
    assert.equal((await me(token)).uid, account.uid)
    assert.deepEqual(await me(other), { error: 'The access token was revoked' })
    assert.deepEqual(await change(token, { old_password: NEW, new_password: PASSWORD }), [200, null])
    assert.deepEqual(await change(token, { old_password: NEW, new_password: PASSWORD }), WRONG)
  })

  test('voids a reset link that was mailed before', async () => {
    const { account, token } = await someone()
    await server().call('POST', '/security/reset_password', { json: { email: account.email } })
    await change(token, { old_password: PASSWORD, new_password: NEW })
    assert.equal((await find(account)).reset_password_digest, null)
  })

  test('is refused to strangers, after the parameters were looked at', async () => {
    const both = 'Old Password is missing, New Password is missing'
    assert.deepEqual(await change(undefined, {}), [400, { error: both }])
    assert.deepEqual(await change(undefined, { new_password: NEW }), [400, { error: 'Old Password is missing' }])
    assert.deepEqual(await change(undefined, { old_password: PASSWORD }), [400, { error: 'New Password is missing' }])
    assert.deepEqual(await change(undefined, { old_password: PASSWORD, new_password: NEW }), [
      401,
      { error: 'The access token is invalid' },
    ])
  })

  test('tells what is wrong with the new password', async () => {
    const { account, token } = await someone()
    const cases: [new_password: unknown, answer: unknown][] = [
      [null, [400, { error: 'Invalid password' }]],
      ['', [422, { error: "Password can't be blank and Password is too short (minimum is 8 characters)" }]],
      ['seven77', [422, { error: 'Password is too short (minimum is 8 characters)' }]],
      ['Password123', [422, { error: 'Password is too common' }]],
      [account.email, [422, { error: 'Password must be different from the email address' }]],
      [PASSWORD, [422, { error: 'Password must be different than the current password.' }]],
      [PASSWORD.replace('Q', '\uFF31'), [422, { error: 'Password must be different than the current password.' }]],
      [['x'], [400, { error: 'New Password is invalid' }]],
    ]
    for (const [new_password, answer] of cases)
      assert.deepEqual(await change(token, { old_password: PASSWORD, new_password }), answer, String(new_password))
    assert.equal((await find(account)).password_digest, account.password_digest)
  })

  // ASVS 6.2.3
  test('counts wrong old passwords of a session, however many come at once, and looks at no more than ten', async () => {
    const { account, token } = await someone()
    for (const old_password of ['', null])
      assert.deepEqual(await change(token, { old_password, new_password: 'x' }), WRONG)
    const guesses = Array.from({ length: 12 }, () => change(token, { old_password: 'wrong', new_password: NEW }))
    const statuses = (await Promise.all(guesses)).map(([status]) => status)
    assert.deepEqual([statuses.filter((it) => it === 401).length, statuses.filter((it) => it === 429).length], [8, 4])
    assert.equal((await change(token, { old_password: PASSWORD, new_password: NEW }))[0], 429)
    const { failed_attempts, locked_at, password_digest } = await find(account)
    assert.deepEqual([failed_attempts, locked_at, password_digest], [0, null, account.password_digest])
    assert.deepEqual(await mailsTo(server(), account.email), [])
  })

  test('lets one of two at once through', async () => {
    const { token } = await someone()
    const answers = await Promise.all(
      [NEW, `${NEW} 2`].map((new_password) => change(token, { old_password: PASSWORD, new_password })),
    )
    assert.deepEqual(answers.map(([status]) => status).sort(), [200, 401])
  })
})
