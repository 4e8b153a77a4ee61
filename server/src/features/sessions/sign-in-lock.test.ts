import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { eventsOf, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const WRONG = 'Invalid Email or Password'
const LOCKED = 'Your account was locked!'

onEachDatabase('The lock on signing in', (newDatabase) => {
  const server = sharedServer(newDatabase, { MAX_LOGIN_ATTEMPTS: '3', UNLOCK_IN: '10' })
  const signIn = async (account: Account, password: string, otp_code?: string) => {
    const { uid } = await anApplication(server())
    const json = { email: account.email, password, application_id: uid, otp_code }
    const { status, body } = await server().call('POST', '/sessions', { json })
    return status === 201 ? 'in' : body.error
  }
  const find = ({ id }: { id: number }) =>
    server().deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const subjects = async ({ email }: Account) => (await mailsTo(server(), email)).map((mail) => mail.subject)

  test('comes with the last attempt allowed, whose answer is still the ordinary one', async () => {
    const account = await anAccount(server())
    for (let attempt = 1; attempt <= 3; attempt++) assert.equal(await signIn(account, 'wrong'), WRONG)
    assert.equal(await signIn(account, 'wrong'), LOCKED)
    assert.equal(await signIn(account, PASSWORD), LOCKED)
    assert.deepEqual(await subjects(account), ['Unlock instructions'])
    assert.equal((await eventsOf(server(), account)).includes('system.account.unlock_token'), true)
  })

  test('forgets failures after a success', async () => {
    const account = await anAccount(server())
    for (let round = 1; round <= 2; round++) {
      for (let attempt = 1; attempt <= 2; attempt++) await signIn(account, 'wrong')
      assert.equal((await find(account)).failed_attempts, 2)
      assert.equal(await signIn(account, PASSWORD), 'in')
      assert.equal((await find(account)).failed_attempts, 0)
    }
  })

  test('ends by itself, and counts from the start then', async () => {
    const account = await anAccount(server())
    for (let attempt = 1; attempt <= 3; attempt++) await signIn(account, 'wrong')
    server().clock.advance(10 * MINUTE - 1)
    assert.equal(await signIn(account, PASSWORD), LOCKED)
    server().clock.advance(1)
    assert.equal(await signIn(account, 'wrong'), WRONG)
    assert.equal((await find(account)).failed_attempts, 1)
    assert.equal(await signIn(account, PASSWORD), 'in')
    const { locked_at, unlock_digest } = await find(account)
    assert.deepEqual({ locked_at, unlock_digest }, { locked_at: null, unlock_digest: null })
  })

  // ASVS 6.3.5
  test('counts each of twenty wrong passwords at once and mails one link', async () => {
    const account = await anAccount(server())
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(account, 'wrong')))
    assert.equal((await find(account)).failed_attempts, 20)
    assert.equal(answers.filter((answer) => answer === WRONG).length, 3)
    assert.equal(answers.filter((answer) => answer === LOCKED).length, 17)
    assert.deepEqual(await subjects(account), ['Unlock instructions'])
  })

  test('does not tell a right password from a wrong one once it is there, however many come at once', async () => {
    const account = await anAccount(server())
    const guesses = [...Array(9).fill('wrong'), PASSWORD]
    const answers = await Promise.all(guesses.map((guess) => signIn(account, guess)))
    assert.equal(answers.at(-1), LOCKED)
    assert.equal(answers.filter((answer) => answer === LOCKED).length, 7)
  })

  test('comes after wrong codes too, also when they come all at once', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const wrong = app.wrong()
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(account, PASSWORD, wrong)))
    assert.equal(answers.filter((answer) => answer === 'OTP code is invalid').length, 3)
    assert.equal(answers.filter((answer) => answer === LOCKED).length, 5)
    assert.equal(await signIn(account, PASSWORD, app.next()), LOCKED)
    assert.deepEqual((await subjects(account)).slice(1), ['Unlock instructions'])
  })

  test('does not come from codes that are missing', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    for (let attempt = 1; attempt <= 4; attempt++) await signIn(account, PASSWORD)
    assert.equal((await find(account)).failed_attempts, 0)
    assert.equal(await signIn(account, PASSWORD, app.next()), 'in')
  })
})
