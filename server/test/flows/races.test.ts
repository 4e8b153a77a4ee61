import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { mailedToken, mailsTo } from '../support/mails.ts'
import type { Answer } from '../support/server.ts'
import { testServer } from '../support/server.ts'

const times = <T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)))

const statuses = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status).sort((a, b) => a - b)

onEachDatabase('At the same moment', (newDatabase) => {
  test('two sign-ups with one e-mail make one account', async () => {
    await using server = await testServer(await newDatabase())
    const answers = await times(2, (index) => {
      const email = index === 0 ? 'twin@example.com' : ' Twin@Example.com'
      return server.call('POST', '/accounts', { json: { email, password: PASSWORD } })
    })
    deepEqual(statuses(answers), [201, 422])
    equal((await mailsTo(server, 'twin@example.com')).length, 1)
  })

  // ASVS 2.3.4
  test('two verifications of one number give it to one account', async () => {
    await using server = await testServer(await newDatabase())
    const phone_number = '+14155552671'
    const tokens = [await aToken(server, await anAccount(server)), await aToken(server, await anAccount(server))]
    const codes: string[] = []
    for (const token of tokens) {
      await server.call('POST', '/phones', { token, json: { phone_number } })
      await server.deliver()
      codes.push(server.sms.at(-1)?.text.slice(-6) ?? '')
    }
    const answers = await times(2, (index) => {
      const json = { phone_number, verification_code: codes[index] }
      return server.call('POST', '/phones/verify', { token: tokens[index], json })
    })
    deepEqual(statuses(answers), [201, 400])
    const verified = await server.deps.db
      .selectFrom('phones')
      .selectAll()
      .where('validated_at', 'is not', null)
      .execute()
    equal(verified.length, 1)
  })

  test('twenty wrong passwords are counted one by one and lock the account once', async () => {
    await using server = await testServer(await newDatabase(), { MAX_LOGIN_ATTEMPTS: '20' })
    const { id, email } = await anAccount(server)
    const { uid: application_id } = await anApplication(server)
    const signIn = (password: string) => server.call('POST', '/sessions', { json: { email, password, application_id } })
    const answers = await times(20, () => signIn('a wrong one'))
    deepEqual(new Set(statuses(answers)), new Set([401]))
    const { db } = server.deps
    const account = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    equal(account.failed_attempts, 20)
    equal((await mailsTo(server, email)).length, 1)
    deepEqual((await signIn(PASSWORD)).body, { error: 'Your account was locked!' })
  })

  test('one reset token sets one password', async () => {
    await using server = await testServer(await newDatabase())
    const { email } = await anAccount(server)
    const { uid: application_id } = await anApplication(server)
    await server.call('POST', '/security/reset_password', { json: { email } })
    const reset_password_token = await mailedToken(server, email)
    const passwords = ['the first of two rivers 1', 'the second of two rivers 2']
    const answers = await times(2, (index) => {
      const json = { reset_password_token, password: passwords[index] }
      return server.call('PUT', '/security/reset_password', { json })
    })
    deepEqual(statuses(answers), [200, 404])
    const signedIn = await times(2, (index) =>
      server.call('POST', '/sessions', { json: { email, password: passwords[index], application_id } }),
    )
    deepEqual(
      signedIn.map(({ status }) => status),
      answers.map(({ status }) => (status === 200 ? 201 : 401)),
    )
  })

  test('one confirmation token confirms once', async () => {
    await using server = await testServer(await newDatabase())
    const email = 'once@example.com'
    await server.call('POST', '/accounts', { json: { email, password: PASSWORD } })
    const confirmation_token = await mailedToken(server, email)
    const answers = await times(3, () => server.call('POST', '/accounts/confirm', { json: { confirmation_token } }))
    deepEqual(statuses(answers), [201, 422, 422])
  })
})
