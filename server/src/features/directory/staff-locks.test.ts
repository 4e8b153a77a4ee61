import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken, mailsTo } from '../../../test/support/mails.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const reason = 'ticket 4711'
const NEW_PASSWORD = 'seven lanterns uphill'

onEachDatabase('A lock that the staff set', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const as = async (role: string) => aToken(server(), await anAccount(server(), { role }))
  const act = (token: string, { uid }: Pick<Account, 'uid'>, path: string, json: object = { reason }) =>
    server().call('POST', `/admin/accounts/${uid}/${path}`, { token, json })
  const lock = async (account: Account) => {
    const { status, body } = await act(await as('compliance'), account, 'state', { state: 'locked', reason })
    assert.deepEqual([status, body.frozen, body.frozen_by], [200, true, 'staff'])
  }
  const signIn = async ({ email }: Account, password = PASSWORD) => {
    const json = { email, password, application_id: (await anApplication(server())).uid }
    return (await server().call('POST', '/sessions', { json })).status
  }
  const reset = async ({ email }: Account, password = NEW_PASSWORD) => {
    await server().call('POST', '/security/reset_password', { json: { email } })
    const json = { reset_password_token: await mailedToken(server(), email), password }
    assert.equal((await server().call('PUT', '/security/reset_password', { json })).status, 200)
  }
  /** Has the person say that a change of their password was not theirs. */
  const freeze = async (account: Account, token: string) => {
    const json = { old_password: PASSWORD, new_password: 'eight lanterns uphill' }
    assert.equal((await server().call('PUT', '/accounts/password', { token, json })).status, 200)
    const notice_token = await mailedToken(server(), account.email)
    return () => server().call('POST', '/security/not_me', { json: { notice_token } })
  }
  const subjectsOf = async ({ email }: Account) => (await mailsTo(server(), email)).map(({ subject }) => subject)

  test('is not ended by support, nor by a password that the person chooses by mail', async () => {
    const account = await anAccount(server())
    await lock(account)
    const refused = await act(await as('support'), account, 'unlock')
    assert.deepEqual(
      [refused.status, refused.body],
      [403, { error: 'Only those who may lock accounts unlock this one' }],
    )
    assert.equal(await signIn(account), 401)
    await reset(account)
    assert.equal(await signIn(account, NEW_PASSWORD), 401)
  })

  test('is ended by who may set it, in either way, and the person is told of both', async () => {
    for (const [path, json] of [['unlock'], ['state', { state: 'active', reason }]] as const) {
      const account = await anAccount(server())
      await lock(account)
      const { status, body } = await act(await as('compliance'), account, path, json)
      assert.deepEqual([status, body.frozen, body.frozen_by, body.locked], [200, false, null, false])
      assert.equal(await signIn(account), 201)
      assert.deepEqual(await subjectsOf(account), ['Your account was locked', 'Your account was unlocked'])
    }
  })

  test('is not put in the place of by the person, who says that it was not them', async () => {
    const account = await anAccount(server())
    const notMe = await freeze(account, await aToken(server(), account))
    await lock(account)
    server().clock.advance(MINUTE)
    assert.equal((await notMe()).status, 201)
    await reset(account)
    assert.equal(await signIn(account, NEW_PASSWORD), 401)
    assert.equal((await act(await as('support'), account, 'unlock')).status, 403)
  })

  test('is told of less than a ban, which is told when it begins and ends, and once', async () => {
    const account = await anAccount(server())
    const officer = await as('compliance')
    for (const state of ['banned', 'banned', 'locked', 'active', 'active'])
      assert.equal((await act(officer, account, 'state', { state, reason })).status, 200)
    assert.deepEqual(await subjectsOf(account), [
      'Your account was banned',
      'Your account was locked',
      'Your account was readmitted',
    ])
  })

  test('is told from one of the person, which their password ends, and support', async () => {
    for (const end of ['reset', 'support'] as const) {
      const account = await anAccount(server())
      const notMe = await freeze(account, await aToken(server(), account))
      assert.equal((await notMe()).status, 201)
      const shown = await server().call('GET', `/admin/accounts/${account.uid}`, { token: await as('support') })
      assert.deepEqual([shown.body.frozen, shown.body.frozen_by], [true, 'person'])
      if (end === 'reset') await reset(account)
      else assert.equal((await act(await as('support'), account, 'unlock')).body.frozen, false)
      const password = end === 'reset' ? NEW_PASSWORD : 'eight lanterns uphill'
      assert.equal(await signIn(account, password), 201)
      assert.equal((await subjectsOf(account)).includes('Your account was unlocked'), end === 'support')
    }
  })

  test('is ended by a release that does not know whose it is, and whose later freeze is the person’s', async () => {
    const account = await anAccount(server())
    await lock(account)
    const { db } = server().deps
    const change = (frozen_at: string | null) =>
      db.updateTable('accounts').set({ frozen_at, locked_at: null }).where('id', '=', account.id).execute()
    await change(null)
    assert.equal(await signIn(account), 201)
    await change('2026-02-01T00:00:00.000Z')
    await reset(account)
    assert.equal(await signIn(account, NEW_PASSWORD), 201)
  })

  test('is told to the person, and so is it that a closed account was opened, and keys were switched off', async () => {
    const account = await anAccount(server())
    const { token, app } = await anAuthenticator(server(), account)
    const json = { public_key: anRsaKey().public_key, totp_code: app.next() }
    assert.equal((await server().call('POST', '/api_keys', { token, json })).status, 201)
    await server().deliver()
    const before = (await subjectsOf(account)).length
    await lock(account)
    const admin = await as('admin')
    assert.equal((await act(admin, account, 'discard')).status, 200)
    assert.equal((await act(admin, account, 'restore')).status, 200)
    assert.equal((await act(admin, account, 'restore')).status, 200)
    assert.deepEqual((await subjectsOf(account)).slice(before), [
      'Your API keys were switched off',
      'Your account was locked',
      'Your account was closed',
      'Your account was opened again',
    ])
    const told = (await mailsTo(server(), account.email)).slice(before)
    assert.match(told[0]?.text ?? '', /\(1\)/)
    for (const { text } of told) assert.doesNotMatch(text, /notice_token/)
  })
})
