import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

const GOOD = 'swan lake 1887'
const COMPOSITION =
  'Password does not meet the minimum system requirements. It should be composed of uppercase and lowercase letters, and numbers.'

onEachDatabase('Signing up', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const signUp = (json: unknown) => server().call('POST', '/accounts', { json })

  test('makes a pending account, records the event and mails the link', async () => {
    const answer = await signUp({ email: ' New@Example.com ', password: GOOD })
    assert.deepEqual([answer.status, answer.body], [201, null])
    const account = await server()
      .deps.db.selectFrom('accounts')
      .selectAll()
      .where('email', '=', 'new@example.com')
      .executeTakeFirstOrThrow()
    assert.match(account.uid, /^ID[0-9A-F]{10}$/)
    assert.match(account.password_digest, /^\$argon2id\$/)
    const { state, role, level, confirmed_at } = account
    assert.deepEqual(
      { state, role, level, confirmed_at },
      { state: 'pending', role: 'member', level: 0, confirmed_at: null },
    )
    const [mail] = await mailsTo(server(), 'new@example.com')
    assert.equal(mail?.subject, 'Confirmation instructions')
    const events = server().events.filter((event) => event.account_id === account.id)
    assert.deepEqual(
      events.map((event) => event.name),
      ['model.account.created'],
    )
  })

  test('of four at once with one e-mail lets exactly one through', async () => {
    const answers = await Promise.all(
      ['twice@example.com', 'TWICE@example.com', ' twice@example.com', 'twice@example.com'].map((email) =>
        signUp({ email, password: GOOD }),
      ),
    )
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 422, 422, 422])
    const refused = answers.find((answer) => answer.status === 422)
    assert.deepEqual(refused?.body, { error: ['Email has already been taken'] })
    assert.equal((await mailsTo(server(), 'twice@example.com')).length, 1)
  })

  test('keeps the address of a discarded account taken', async () => {
    const account = await anAccount(server(), { discarded_at: '2026-01-01T00:00:00.000Z' })
    const answer = await signUp({ email: account.email, password: GOOD })
    assert.deepEqual([answer.status, answer.body], [422, { error: ['Email has already been taken'] }])
  })

  test('judges passwords by length, by a list of known ones and by the address', async () => {
    const cases: [email: string, password: string, errors: string[]][] = [
      ['a1@example.com', 'seven77', ['Password is too short (minimum is 8 characters)']],
      ['a2@example.com', `${'ab1'.repeat(43)}`, ['Password is too long (maximum is 128 characters)']],
      ['a3@example.com', 'Password123', ['Password is too common']],
      ['somebody-else@example.com', 'Somebody-Else', ['Password must be different from the email address']],
      ['bad', GOOD, ['Email is invalid']],
      ['bad', 'x', ['Password is too short (minimum is 8 characters)', 'Email is invalid']],
    ]
    for (const [email, password, error] of cases) {
      const answer = await signUp({ email, password })
      assert.deepEqual([answer.status, answer.body], [422, { error }], password)
    }
  })

  test('tells which parameters are missing, blank or of a wrong type', async () => {
    const cases: [json: unknown, error: string][] = [
      [{}, 'Email is missing, Email is empty, Password is missing, Password is empty'],
      [{ email: ' ', password: null }, 'Email is empty, Password is empty'],
      [{ email: [], password: { a: 'b' } }, 'Email is invalid, Email is empty, Password is invalid'],
    ]
    for (const [json, error] of cases) assert.deepEqual((await signUp(json)).body, { error })
  })

  test('ignores what nobody may choose, such as the role', async () => {
    await signUp({ email: 'admin-to-be@example.com', password: GOOD, role: 'admin', level: 3, state: 'active' })
    const account = await server()
      .deps.db.selectFrom('accounts')
      .select(['role', 'level', 'state'])
      .where('email', '=', 'admin-to-be@example.com')
      .executeTakeFirstOrThrow()
    assert.deepEqual({ ...account }, { role: 'member', level: 0, state: 'pending' })
  })
})

onEachDatabase('Signing up by the rules of Barong 1.8', (newDatabase) => {
  const server = sharedServer(newDatabase, { BARONG_PASSWORD_POLICY: 'barong' })

  test('wants upper and lower case letters and digits, in the order of messages it had', async () => {
    const cases: [email: string, password: string, errors: string[]][] = [
      ['b1@example.com', 'password', [COMPOSITION]],
      ['bad', 'x', ['Password is too short (minimum is 6 characters)', COMPOSITION, 'Email is invalid']],
      ['bad', 'password', ['Email is invalid', COMPOSITION]],
      ['b2@example.com', 'Ab1', ['Password is too short (minimum is 6 characters)']],
    ]
    for (const [email, password, error] of cases) {
      const answer = await server().call('POST', '/accounts', { json: { email, password } })
      assert.deepEqual([answer.status, answer.body], [422, { error }], password)
    }
    const answer = await server().call('POST', '/accounts', {
      json: { email: 'b3@example.com', password: 'Qwerty123' },
    })
    assert.equal(answer.status, 201)
  })
})
