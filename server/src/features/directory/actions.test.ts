import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/mails.ts'
import { anAddedPasskey } from '../../../test/support/passkeys.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { HOUR, iso, isoSeconds } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'

const reason = 'ticket 4711'
const MARKUP = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'&'

onEachDatabase('Acting on accounts', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const as = async (role: string) => aToken(server(), await anAccount(server(), { role }))
  const act = (token: string, { uid }: Pick<Account, 'uid'>, path: string, json: object = { reason }) =>
    server().call('POST', `/admin/accounts/${uid}/${path}`, { token, json })
  const show = (token: string, { uid }: Pick<Account, 'uid'>) =>
    server().call('GET', `/admin/accounts/${uid}`, { token })
  const aMember = (overrides: Partial<NewRow<'accounts'>> = {}) => anAccount(server(), overrides)
  const newestRecord = ({ id }: Account, action: string) =>
    server()
      .deps.db.selectFrom('audit_records')
      .selectAll()
      .where('account_id', '=', id)
      .where('action', '=', action)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()

  test('bans, which ends sessions, and readmits; the reason and who it was stand in the log, the change in an event', async () => {
    const officer = await anAccount(server(), { role: 'compliance' })
    const token = await aToken(server(), officer)
    const account = await aMember()
    const theirs = await aToken(server(), account)
    const banned = await act(token, account, 'state', { state: 'banned', reason })
    assert.deepEqual([banned.status, banned.body.state, banned.body.sessions], [200, 'banned', []])
    assert.equal((await server().call('GET', '/accounts/me', { token: theirs })).status, 401)
    const record = await newestRecord(account, 'account.state_changed')
    assert.deepEqual([record.actor_kind, record.actor_id], ['administrator', String(officer.id)])
    assert.deepEqual(JSON.parse(record.details ?? ''), { state: 'banned', before: 'active', reason })
    await server().deliver()
    const event = server().events.findLast(({ name }) => name === 'model.account.updated')
    assert.deepEqual(event?.payload['changes'], { state: 'active' })
    assert.equal((await act(token, account, 'state', { state: 'active', reason })).body.state, 'active')
  })

  test('tells roles, freezes and discards by the events of their changes alone', async () => {
    const token = await as('admin')
    const account = await aMember()
    const told = async (path: string, json?: object) => {
      await act(token, account, path, json)
      await server().deliver()
      const { record, changes } = {
        ...server().events.findLast(({ name }) => name === 'model.account.updated')?.payload,
      }
      return [rankIn(record), rankIn(changes)]
    }
    assert.deepEqual(await told('role', { role: 'support', reason }), [{ role: 'support' }, { role: 'member' }])
    const now = isoSeconds(iso(server().clock.now()))
    assert.deepEqual(await told('state', { state: 'locked', reason }), [{ frozen_at: now }, {}])
    assert.deepEqual(await told('unlock'), [{}, { frozen_at: now }])
    assert.deepEqual(await told('discard'), [{ discarded_at: now }, {}])
    assert.deepEqual(await told('restore'), [{}, { discarded_at: now }])
    assert.deepEqual(await told('state', { state: 'banned', reason }), [{}, {}])
  })

  test('readmits an account that was never confirmed as pending', async () => {
    const account = await aMember({ state: 'banned', confirmed_at: null })
    const { body } = await act(await as('admin'), account, 'state', { state: 'active', reason })
    assert.equal(body.state, 'pending')
  })

  test('locks, which no mail, passkey or waiting ends, and unlocks', async () => {
    const token = await as('admin')
    const account = await aMember()
    const { passkey } = await anAddedPasskey(server(), account)
    const { uid: application_id } = await anApplication(server())
    const signIn = async () => {
      const options = (await server().call('POST', '/sessions/passkey/options', { json: { application_id } })).body
      const json = { application_id, credential: passkey.get(options) }
      return (await server().call('POST', '/sessions/passkey', { json })).status
    }
    assert.equal(await signIn(), 201)
    assert.equal((await act(token, account, 'state', { state: 'locked', reason })).body.locked, true)
    assert.equal(await signIn(), 401)
    await server().call('POST', '/accounts/send_unlock_instructions', { json: { email: account.email } })
    const unlock_token = await mailedToken(server(), account.email)
    assert.equal((await server().call('POST', '/accounts/unlock', { json: { unlock_token } })).status, 201)
    assert.equal(await signIn(), 401)
    const unlocked = (await act(token, account, 'unlock')).body
    assert.deepEqual([unlocked.locked, unlocked.frozen], [false, false])
    assert.equal(await signIn(), 201)
  })

  test('changes roles, but to none that is unknown', async () => {
    const token = await as('admin')
    const account = await aMember()
    assert.equal((await act(token, account, 'role', { role: 'support', reason })).body.role, 'support')
    const { status, body } = await act(token, account, 'role', { role: 'root', reason })
    assert.deepEqual([status, body], [422, { error: 'Role must be one of member, support, compliance, admin' }])
  })

  test('turns off a second factor, discards and restores', async () => {
    const token = await as('admin')
    const account = await aMember({ otp_enabled_at: iso(server().clock.now()), otp_secret_sealed: 'x' })
    assert.equal((await act(token, account, 'disable_2fa')).body.otp_enabled, false)
    assert.equal((await act(token, account, 'disable_2fa')).status, 400)
    assert.equal((await act(token, account, 'discard')).body.discarded, true)
    assert.equal((await act(token, account, 'restore')).body.discarded, false)
    assert.ok(await newestRecord(account, 'otp.disabled'))
  })

  test('adds, changes and removes labels of both scopes, and the level follows', async () => {
    const token = await as('admin')
    const account = await aMember()
    const path = `/admin/accounts/${account.uid}/labels`
    for (const scope of ['private', 'public']) {
      const label = { key: 'phone', value: 'verified', scope, reason }
      assert.equal((await server().call('POST', path, { token, json: label })).status, 201)
      assert.equal((await server().call('POST', path, { token, json: label })).status, 422)
    }
    assert.equal((await show(token, account)).body.level, 2)
    const private_path = `${path}/private/phone`
    const patch = await server().call('PATCH', private_path, { token, json: { value: 'doubted', reason } })
    assert.deepEqual([patch.status, patch.body.value], [200, 'doubted'])
    assert.equal((await show(token, account)).body.level, 1)
    assert.equal((await server().call('POST', `${private_path}/delete`, { token, json: { reason } })).status, 204)
    assert.equal((await server().call('POST', `${private_path}/delete`, { token, json: { reason } })).status, 404)
    const record = await newestRecord(account, 'label.deleted')
    assert.equal(JSON.parse(record.details ?? '').reason, reason)
    const invalid = await server().call('POST', path, {
      token,
      json: { key: 'A B', value: 'x', scope: 'private', reason },
    })
    assert.equal(invalid.status, 422)
  })

  // ASVS 7.4.5
  test('ends all sessions', async () => {
    const token = await as('support')
    const account = await aMember()
    const theirs = await aToken(server(), account)
    assert.equal((await show(token, account)).body.sessions.length, 1)
    assert.deepEqual((await act(token, account, 'end_sessions')).body.sessions, [])
    assert.equal((await server().call('GET', '/accounts/me', { token: theirs })).status, 401)
  })

  // ASVS 6.4.6
  test('has a link mailed that sets a new password, which nobody of the staff chooses or learns', async () => {
    const officer = await anAccount(server(), { role: 'support' })
    const token = await aToken(server(), officer)
    const account = await aMember()
    const { status, body } = await act(token, account, 'reset_password')
    assert.equal(status, 200)
    const reset_password_token = await mailedToken(server(), account.email)
    assert.ok(!JSON.stringify(body).includes(reset_password_token))
    const record = await newestRecord(account, 'password.reset_requested')
    assert.deepEqual([record.actor_kind, record.actor_id], ['administrator', String(officer.id)])
    assert.deepEqual(JSON.parse(record.details ?? ''), { reason })
    const password = 'chosen by its owner 9'
    const json = { reset_password_token, password }
    assert.equal((await server().call('PUT', '/security/reset_password', { json })).status, 200)
    await act(await as('admin'), account, 'discard')
    const refused = await act(token, account, 'reset_password')
    assert.deepEqual([refused.status, refused.body], [422, { error: 'The account is discarded' }])
  })

  test('does nothing without a reason', async () => {
    const token = await as('admin')
    const account = await aMember()
    for (const path of [
      'discard',
      'restore',
      'disable_2fa',
      'unlock',
      'end_sessions',
      'reset_password',
      'role',
      'state',
    ])
      for (const given of [{}, { reason: '   ' }]) {
        const own = path === 'role' ? { role: 'admin' } : path === 'state' ? { state: 'banned' } : {}
        const { status, body } = await act(token, account, path, { ...own, ...given })
        assert.equal(status, 422, path)
        assert.match(body.error, /reason/)
      }
    const row = await server()
      .deps.db.selectFrom('accounts')
      .selectAll()
      .where('id', '=', account.id)
      .executeTakeFirstOrThrow()
    assert.deepEqual([row.role, row.state, row.discarded_at], ['member', 'active', null])
  })

  test('keeps one’s own account from oneself, and colleagues’ from all but administrators', async () => {
    const admin = await anAccount(server(), { role: 'admin' })
    const token = await aToken(server(), admin)
    const other = await anAccount(server(), { role: 'admin' })
    const officer = await as('compliance')
    for (const path of ['discard', 'disable_2fa', 'unlock', 'end_sessions', 'reset_password', 'role', 'state']) {
      const json = {
        ...(path === 'role' ? { role: 'member' } : {}),
        ...(path === 'state' ? { state: 'banned' } : {}),
        reason,
      }
      const own = await act(token, admin, path, json)
      assert.deepEqual([own.status, own.body], [403, { error: 'Your own account cannot be changed here' }], path)
      if (['unlock', 'end_sessions', 'reset_password', 'state'].includes(path))
        assert.equal((await act(officer, other, path, json)).status, 403, path)
    }
    const label = { key: 'document', value: 'verified', scope: 'private', reason }
    assert.equal((await act(token, admin, 'labels', label)).status, 403)
    assert.equal((await show(token, admin)).body.protected, true)
    assert.equal((await act(token, other, 'role', { role: 'member', reason })).status, 200)
  })

  test('asks for the password again before what is hard to undo', async () => {
    const token = await as('admin')
    const account = await aMember()
    server().clock.advance(HOUR / 2)
    for (const path of ['discard', 'restore', 'disable_2fa', 'role']) {
      const json = path === 'role' ? { role: 'support', reason } : { reason }
      const { status, body } = await act(token, account, path, json)
      assert.deepEqual([status, body], [403, { error: 'Please confirm your password' }])
    }
    assert.equal((await act(token, account, 'unlock')).status, 200)
  })

  test('keeps notes for colleagues, newest first, sealed, and unknown to the owner', async () => {
    const author = await anAccount(server(), { role: 'support' })
    const token = await aToken(server(), author)
    const account = await aMember()
    for (const text of ['first', MARKUP]) assert.equal((await act(token, account, 'notes', { text })).status, 204)
    const { body } = await server().call('GET', `/admin/accounts/${account.uid}/notes`, { token })
    assert.deepEqual(
      body.map((note: { text: string; author: { uid: string } }) => [note.text, note.author.uid]),
      [
        [MARKUP, author.uid],
        ['first', author.uid],
      ],
    )
    const rows = await server().deps.db.selectFrom('account_notes').selectAll().execute()
    assert.ok(!JSON.stringify(rows).includes('first'))
    const own = await server().call('GET', '/activities', { token: await aToken(server(), account) })
    assert.ok(!JSON.stringify(own.body).includes('note.'))
    const seen = await server().call('GET', `/admin/accounts/${account.uid}/activities`, { token })
    assert.ok(seen.body.some(({ action }: { action: string }) => action === 'note.added'))
    assert.equal((await act(token, account, 'notes', { text: '  ' })).status, 422)
  })

  test('gives back stored markup as inert data', async () => {
    const token = await as('admin')
    const account = await aMember()
    await act(token, account, 'unlock', { reason: MARKUP })
    const { body, headers } = await server().call('GET', `/admin/accounts/${account.uid}/activities`, { token })
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.ok(body.some((activity: { reason: string }) => activity.reason === MARKUP))
  })
})

/** What a record or its changes tell of an account besides what 1.8.26 told. */
function rankIn(told: unknown): object {
  const { role, frozen_at, discarded_at } = { ...(isObject(told) ? told : {}) }
  return Object.fromEntries(
    Object.entries({ role, frozen_at, discarded_at }).filter(([, value]) => value !== undefined),
  )
}
