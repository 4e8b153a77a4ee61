import { deepEqual, equal, ok } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { hash as bcrypt } from 'bcryptjs'
import { LONGEST_NORMALIZED } from '../../src/lib/normal-form.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { sharedServer } from '../support/shared-server.ts'

/** Marks of one letter, which are put into their order one by one: work that grows with the square of their number. */
const MARKS = `a${'\u0301\u0316'.repeat(10_000)}`

/** How many characters each text has that is normalised from now on. */
function normalizedLengths(t: TestContext): number[] {
  const { normalize } = String.prototype
  const lengths: number[] = []
  t.mock.method(String.prototype, 'normalize', function noted(this: string, form?: string) {
    lengths.push(this.length)
    return normalize.call(this, form)
  })
  return lengths
}

onEachDatabase('A text that is longer than anything that could be right', (newDatabase) => {
  const server = sharedServer(newDatabase)

  // ASVS 15.2.2
  test('is answered as a wrong one of any length, without work that grows with its square', async (t) => {
    const imported = await anAccount(server(), { password_digest: await bcrypt('Imported123', 4) })
    const account = await anAccount(server())
    const token = await aToken(server(), account)
    const { uid: application_id } = await anApplication(server())
    const lengths = normalizedLengths(t)
    for (const email of ['nobody@example.com', account.email, imported.email]) {
      const answers = []
      for (const password of [MARKS, 'wrong but short'])
        answers.push(await server().call('POST', '/sessions', { json: { email, password, application_id } }))
      deepEqual([answers[0]?.status, answers[0]?.body], [answers[1]?.status, answers[1]?.body])
      equal(answers[0]?.status, 401)
    }
    const change = { old_password: PASSWORD, new_password: MARKS, confirm_password: MARKS }
    const changed = await server().call('PUT', '/accounts/password', { token, json: change })
    deepEqual([changed.status, changed.body], [422, { error: 'Password is too long (maximum is 128 characters)' }])
    const guessed = { old_password: MARKS, new_password: 'swan lake 1887', confirm_password: 'swan lake 1887' }
    equal((await server().call('PUT', '/accounts/password', { token, json: guessed })).status, 401)
    const signedUp = await server().call('POST', '/accounts', { json: { email: MARKS, password: `b${MARKS}` } })
    deepEqual(signedUp.body, { error: ['Password is too long (maximum is 128 characters)', 'Email is invalid'] })
    ok(lengths.length > 0)
    ok(Math.max(...lengths) <= LONGEST_NORMALIZED, String(Math.max(...lengths)))
  })

  test('still opens an account that came with such a password', async () => {
    // bcrypt reads 72 bytes of it.
    const password = 'long and imported '.repeat(100)
    const { email } = await anAccount(server(), { password_digest: await bcrypt(password, 4) })
    const { uid: application_id } = await anApplication(server())
    for (let time = 1; time <= 2; time++)
      equal((await server().call('POST', '/sessions', { json: { email, password, application_id } })).status, 201)
  })
})
