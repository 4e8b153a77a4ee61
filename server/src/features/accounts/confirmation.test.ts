import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, theLevels } from '../../../test/support/factories.ts'
import { eventsOf, mailedToken, mailsTo } from '../../../test/support/mails.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'

const INVALID = [422, { error: 'Confirmation token is invalid' }]
const ALREADY = [422, { error: 'Email was already confirmed, please try signing in' }]
const SENT = [201, { message: 'Confirmation instructions was sent successfully' }]

async function post(server: TestServer, path: string, json: unknown) {
  const { status, body } = await server.call('POST', `/accounts/${path}`, { json })
  return [status, body]
}

let count = 0

/** Signs somebody up; returns the account's row and the mailed token. */
async function aPendingAccount(server: TestServer) {
  const email = `pending${++count}@example.com`
  await theLevels(server)
  await post(server, '', { email, password: 'swan lake 1887' })
  const find = () =>
    server.deps.db.selectFrom('accounts').selectAll().where('email', '=', email).executeTakeFirstOrThrow()
  return { email, id: (await find()).id, find, token: await mailedToken(server, email) }
}

onEachDatabase('Confirming an e-mail', (newDatabase) => {
  const server = sharedServer(newDatabase)

  test('makes the account active and lifts it to level 1', async () => {
    const account = await aPendingAccount(server())
    assert.deepEqual(await post(server(), 'confirm', { confirmation_token: account.token }), [201, null])
    const { state, level, confirmed_at } = await account.find()
    assert.deepEqual([state, level, typeof confirmed_at], ['active', 1, 'string'])
    const labels = await server()
      .deps.db.selectFrom('labels')
      .select(['key', 'value', 'scope'])
      .where('account_id', '=', account.id)
      .execute()
    assert.deepEqual(
      labels.map((label) => ({ ...label })),
      [{ key: 'email', value: 'verified', scope: 'private' }],
    )
    assert.deepEqual(await eventsOf(server(), account), [
      'model.account.created',
      'model.account.updated',
      'model.label.created',
      'model.account.updated',
    ])
  })

  test('refuses blank, unknown and otherwise written tokens', async () => {
    const { token } = await aPendingAccount(server())
    const swapped = token.replace(/[a-z]/i, (letter) =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    )
    assert.deepEqual(await post(server(), 'confirm', { confirmation_token: ' ' }), [
      400,
      { error: 'Confirmation Token is empty' },
    ])
    for (const confirmation_token of ['bad', swapped, `${token} `])
      assert.deepEqual(await post(server(), 'confirm', { confirmation_token }), INVALID)
  })

  test('works once, also when two bring the token at the same time', async () => {
    const { token: confirmation_token, ...account } = await aPendingAccount(server())
    const answers = await Promise.all([1, 2, 3].map(() => post(server(), 'confirm', { confirmation_token })))
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 422, 422])
    assert.deepEqual(await post(server(), 'confirm', { confirmation_token }), ALREADY)
    assert.equal((await eventsOf(server(), account)).filter((name) => name === 'model.account.updated').length, 2)
  })

  test('is not for discarded or banned accounts', async () => {
    for (const patch of [{ discarded_at: '2026-01-01T00:00:00.000Z' }, { state: 'banned' }]) {
      const account = await aPendingAccount(server())
      await server().deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      assert.deepEqual(await post(server(), 'confirm', { confirmation_token: account.token }), INVALID)
      assert.equal((await account.find()).confirmed_at, null)
      assert.deepEqual(await post(server(), 'send_confirmation_instructions', { email: account.email }), [
        422,
        { error: 'Email not found' },
      ])
    }
  })

  test('can be mailed again, with the same token', async () => {
    const { email, token } = await aPendingAccount(server())
    const upper = ` ${email.toUpperCase()} `
    assert.deepEqual(await post(server(), 'send_confirmation_instructions', { email: upper }), SENT)
    assert.equal((await mailsTo(server(), email)).length, 2)
    assert.equal(await mailedToken(server(), email), token)
    assert.deepEqual(await post(server(), 'confirm', { confirmation_token: token }), [201, null])
  })

  test('is not mailed to strangers or to those who are confirmed', async () => {
    const { email } = await anAccount(server())
    const resend = (email: unknown) => post(server(), 'send_confirmation_instructions', { email })
    assert.deepEqual(await resend(email), ALREADY)
    assert.deepEqual(await resend('nobody@example.com'), [422, { error: 'Email not found' }])
    assert.deepEqual(await resend(''), [400, { error: 'Email is empty' }])
    assert.deepEqual(await mailsTo(server(), email), [])
  })

  test('works with a link that was mailed again after the master key changed', async () => {
    const database = await newDatabase()
    const [old, young] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
    let email = ''
    {
      await using before = await testServer(database, { BARONG_MASTER_KEY: old })
      email = (await aPendingAccount(before)).email
    }
    await using after = await testServer(database, { BARONG_MASTER_KEY: `${young},${old}` })
    await post(after, 'send_confirmation_instructions', { email })
    const confirmation_token = await mailedToken(after, email)
    assert.deepEqual(await post(after, 'confirm', { confirmation_token }), [201, null])
  })
})
