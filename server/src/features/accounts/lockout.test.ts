import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { eventsOf, mailedToken, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { HOUR, iso } from '../../lib/clock.ts'

const INVALID = [422, { error: 'Unlock token is invalid' }]
const SENT = [201, { message: 'Unlock instructions was sent successfully' }]

onEachDatabase('Unlocking', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const post = async (path: string, json: unknown) => {
    const { status, body } = await server().call('POST', `/accounts/${path}`, { json })
    return [status, body]
  }
  const unlock = (unlock_token: unknown) => post('unlock', { unlock_token })
  const resend = (email: string) => post('send_unlock_instructions', { email })
  const aLockedAccount = () => anAccount(server(), { failed_attempts: 5, locked_at: iso(server().clock.now()) })
  const find = ({ id }: { id: number }) =>
    server().deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  test('mails a link and records an event without its token', async () => {
    const account = await aLockedAccount()
    assert.deepEqual(await resend(` ${account.email.toUpperCase()}`), SENT)
    const [mail] = await mailsTo(server(), account.email)
    assert.equal(mail?.subject, 'Unlock instructions')
    const event = server().events.find(({ name, account_id }) => /unlock_token/.test(name) && account_id === account.id)
    assert.deepEqual(event?.payload, { uid: account.uid, email: account.email })
  })

  test('by the mailed token ends the lock and forgets the failures', async () => {
    const account = await aLockedAccount()
    await resend(account.email)
    assert.deepEqual(await unlock(await mailedToken(server(), account.email)), [201, null])
    const { failed_attempts, locked_at, unlock_digest } = await find(account)
    assert.deepEqual(
      { failed_attempts, locked_at, unlock_digest },
      { failed_attempts: 0, locked_at: null, unlock_digest: null },
    )
    assert.equal((await eventsOf(server(), account)).at(-1), 'model.account.updated')
  })

  test('takes a token once, also from two at the same time', async () => {
    const account = await aLockedAccount()
    await resend(account.email)
    const token = await mailedToken(server(), account.email)
    const answers = await Promise.all([unlock(token), unlock(token), unlock(token)])
    assert.deepEqual(answers.map(([status]) => status).sort(), [201, 422, 422])
    assert.deepEqual(await unlock(token), INVALID)
  })

  test('takes the newest token only', async () => {
    const account = await aLockedAccount()
    await resend(account.email)
    const first = await mailedToken(server(), account.email)
    await resend(account.email)
    assert.deepEqual(await unlock(first), INVALID)
    assert.deepEqual(await unlock(await mailedToken(server(), account.email)), [201, null])
  })

  test('refuses blank and unknown tokens', async () => {
    assert.deepEqual(await unlock(''), [400, { error: 'unlock_token is empty' }])
    assert.deepEqual(await unlock('bad'), INVALID)
  })

  test('is not mailed where nothing is locked', async () => {
    const free = await anAccount(server())
    const lapsed = await anAccount(server(), {
      failed_attempts: 5,
      locked_at: iso(server().clock.now() - HOUR),
    })
    assert.deepEqual(await resend('nobody@example.com'), [422, { error: 'Email not found' }])
    for (const { email } of [free, lapsed]) {
      assert.deepEqual(await resend(email), [422, { error: 'Email was not locked' }])
      assert.deepEqual(await mailsTo(server(), email), [])
    }
  })

  test('is not for discarded or banned accounts', async () => {
    for (const patch of [{ discarded_at: '2026-01-01T00:00:00.000Z' }, { state: 'banned' }]) {
      const account = await aLockedAccount()
      await resend(account.email)
      const token = await mailedToken(server(), account.email)
      await server().deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
      assert.deepEqual(await unlock(token), INVALID)
      assert.deepEqual(await resend(account.email), [422, { error: 'Email not found' }])
    }
  })
})
