import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { eventsOf, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

const WRONG = [401, { error: 'Invalid password' }]
const NEW = 'another river at dusk 8Q'

onEachDatabase('Changing the password', (newDatabase) => {
  const server = sharedServer(newDatabase)
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
  test('counts wrong old passwords and locks the account with the fifth', async () => {
    const { account, token } = await someone()
    for (const old_password of ['', null, 'wrong', 'wrong', 'wrong'])
      assert.deepEqual(await change(token, { old_password, new_password: 'x' }), WRONG)
    const locked = [401, { error: 'Your account was locked!' }]
    assert.deepEqual(await change(token, { old_password: PASSWORD, new_password: NEW }), locked)
    assert.equal((await find(account)).failed_attempts, 5)
    const subjects = (await mailsTo(server(), account.email)).map((mail) => mail.subject)
    assert.deepEqual(subjects, ['Unlock instructions'])
    assert.equal((await eventsOf(server(), account)).includes('system.account.unlock_token'), true)
  })

  test('ends the row of wrong old passwords with a right one, also where the new one is refused', async () => {
    const { account, token } = await someone()
    const refused: [new_password: string | null, status: number][] = [
      ['x', 422],
      [PASSWORD, 422],
      [null, 400],
    ]
    for (const [new_password, status] of refused) {
      for (let count = 1; count <= 4; count++)
        assert.deepEqual(await change(token, { old_password: 'wrong', new_password: NEW }), WRONG)
      assert.equal((await change(token, { old_password: PASSWORD, new_password }))[0], status)
      assert.equal((await find(account)).failed_attempts, 0)
    }
    assert.deepEqual(await change(token, { old_password: PASSWORD, new_password: NEW }), [200, null])
  })

  for (const [described, new_password] of [
    ['good', NEW],
    ['bad', 'x'],
  ] as const)
    test(`with a ${described} new one does not tell a right guess from a wrong one among many at once, once the account is locked`, async () => {
      const { account, token } = await someone()
      const guesses = [...Array(12).fill('wrong'), PASSWORD]
      const answers = await Promise.all(guesses.map((old_password) => change(token, { old_password, new_password })))
      const right = answers.pop()
      const { failed_attempts, password_digest } = await find(account)
      // Whoever comes once the account is locked is not counted any more.
      assert.ok(failed_attempts >= 5 && failed_attempts <= 12, String(failed_attempts))
      assert.equal(password_digest, account.password_digest)
      assert.deepEqual(right, [401, { error: 'Your account was locked!' }])
      assert.deepEqual(answers.map(([, body]) => JSON.stringify(body)).sort(), [
        ...Array(5).fill('{"error":"Invalid password"}'),
        ...Array(7).fill('{"error":"Your account was locked!"}'),
      ])
    })

  test('lets one of two at once through', async () => {
    const { token } = await someone()
    const answers = await Promise.all(
      [NEW, `${NEW} 2`].map((new_password) => change(token, { old_password: PASSWORD, new_password })),
    )
    assert.deepEqual(answers.map(([status]) => status).sort(), [200, 401])
  })
})
