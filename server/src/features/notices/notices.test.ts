import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { anRsaKey } from '../../../test/support/client-keys.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken, subjects } from '../../../test/support/notices.ts'
import { aPasskey } from '../../../test/support/passkeys.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { cleanAll } from '../../cleaning.ts'
import { DAY } from '../../lib/clock.ts'
import { liftLock, setPassword } from '../accounts/accounts.ts'

const NEW_PASSWORD = 'seven lanterns uphill'
const INVALID = { error: 'Notice token is invalid' }
const changePassword = (server: TestServer, token: string) =>
  server.call('PUT', '/accounts/password', { token, json: { old_password: PASSWORD, new_password: NEW_PASSWORD } })
const notMe = (server: TestServer, notice_token: unknown) =>
  server.call('POST', '/security/not_me', { json: { notice_token } })
const account = (server: TestServer, id: number) =>
  server.deps.db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

onEachDatabase('Notices', (newDatabase) => {
  // ASVS 6.3.7
  test('tell by mail of a changed and of a reset password', async () => {
    await using server = await testServer(await newDatabase(), { APP_NAME: 'My Exchange' })
    const person = await anAccount(server)
    assert.equal((await changePassword(server, await aToken(server, person))).status, 200)
    await server.deliver()
    const [mail] = server.mails
    assert.equal(mail?.to, person.email)
    assert.equal(mail?.subject, 'Your password was changed')
    assert.match(mail?.text ?? '', /^http:\/\/barong\.test\/accounts\/not_me\?notice_token=[\w-]{32}$/m)
    assert.match(mail?.text ?? '', /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/)
    await server.call('POST', '/security/reset_password', { json: { email: person.email } })
    const reset_password_token = await mailedToken(server, person.email)
    const json = { reset_password_token, password: 'eight lanterns uphill' }
    assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 200)
    assert.deepEqual((await subjects(server)).slice(1), [
      'Reset password instructions',
      'Your password was changed',
      'Some actions are on hold',
    ])
  })

  test('tell of a second factor, a phone number and API keys', async () => {
    await using server = await testServer(await newDatabase())
    const { token, app } = await anAuthenticator(server, await anAccount(server))
    await server.call('POST', '/phones', { token, json: { phone_number: '+14155552671' } })
    await server.deliver()
    const verification_code = /\d{6}/.exec(server.sms[0]?.text ?? '')?.[0]
    const phone = { phone_number: '+14155552671', verification_code }
    assert.equal((await server.call('POST', '/phones/verify', { token, json: phone })).status, 201)
    const { public_key } = anRsaKey()
    const key = await server.call('POST', '/api_keys', { token, json: { public_key, totp_code: app.next() } })
    assert.equal(key.status, 201)
    await server.call('DELETE', `/api_keys/${key.body.uid}`, { token, json: { totp_code: app.next() } })
    assert.deepEqual(await subjects(server), [
      'Two-factor authentication was turned on',
      'A phone number was added',
      'An API key was created',
      'An API key was removed',
    ])
    assert.match(server.mails[1]?.text ?? '', /ends in …2671/)
    assert.ok(!server.mails[1]?.text.includes('4155552671'))
    assert.ok(server.mails[2]?.text.includes(key.body.uid))
  })

  test('show of a passkey’s name no more than words', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const options = await server.call('POST', '/security/passkeys/options', { token })
    const name = 'Ann’s phone: see https://evil.example/now and pay'
    const json = { name, credential: aPasskey().create(options.body) }
    assert.equal((await server.call('POST', '/security/passkeys', { token, json })).body.name, name)
    assert.deepEqual(await subjects(server), ['A passkey was added'])
    assert.match(server.mails[0]?.text ?? '', /Ann s phone see https evil example now/)
    assert.doesNotMatch(server.mails[0]?.html ?? '', /evil\.example|https:\/\/evil/)
  })

  test('are not sent for a change that was refused, nor with SECURITY_NOTICES=false', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    const json = { old_password: 'wrong', new_password: NEW_PASSWORD }
    assert.equal((await server.call('PUT', '/accounts/password', { token, json })).status, 401)
    assert.deepEqual(await subjects(server), [])
    await using silent = await testServer(await newDatabase(), { SECURITY_NOTICES: 'false' })
    assert.equal((await changePassword(silent, await aToken(silent, await anAccount(silent)))).status, 200)
    assert.deepEqual(await subjects(silent), [])
    assert.deepEqual(await silent.deps.db.selectFrom('notice_links').selectAll().execute(), [])
  })
})

onEachDatabase('“This was not me”', (newDatabase) => {
  test('ends all sessions and freezes the account until a new password is chosen by mail', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const token = await aToken(server, person)
    await changePassword(server, token)
    const notice = await mailedToken(server, person.email)
    const answer = await notMe(server, notice)
    assert.deepEqual([answer.status, answer.body], [201, null])
    assert.deepEqual((await server.call('GET', '/accounts/me', { token })).body, {
      error: 'The access token was revoked',
    })
    const application_id = (await anApplication(server)).uid
    const signIn = (password: string) =>
      server.call('POST', '/sessions', { json: { email: person.email, password, application_id } })
    const frozen = await signIn(NEW_PASSWORD)
    assert.deepEqual([frozen.status, frozen.body], [401, { error: 'Your account was locked!' }])
    assert.deepEqual((await signIn('wrong')).body, { error: 'Invalid Email or Password' })
    server.clock.advance(30 * DAY)
    assert.equal((await signIn(NEW_PASSWORD)).status, 401, 'it does not lapse')
    server.clock.advance(-30 * DAY)

    const reset_password_token = await mailedToken(server, person.email)
    assert.equal(server.mails.at(-1)?.subject, 'Reset password instructions')
    const json = { reset_password_token, password: 'eight lanterns uphill' }
    assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 200)
    assert.equal((await account(server, person.id)).frozen_at, null)
    assert.equal((await signIn('eight lanterns uphill')).status, 201)
    const event = server.events.find(({ payload }) => JSON.stringify(payload).includes('"frozen_at"'))
    assert.equal(event?.name, 'model.account.updated')
  })

  test('voids a password link that was asked for before, and switches API keys off', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const { token, app } = await anAuthenticator(server, person)
    const { public_key } = anRsaKey()
    const { uid } = (await server.call('POST', '/api_keys', { token, json: { public_key, totp_code: app.next() } }))
      .body
    const notice = await mailedToken(server, person.email)
    await server.call('POST', '/security/reset_password', { json: { email: person.email } })
    const stolen = await mailedToken(server, person.email)
    assert.equal((await notMe(server, notice)).status, 201)
    const json = { reset_password_token: stolen, password: NEW_PASSWORD }
    assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 404)
    const key = await server.deps.db.selectFrom('api_keys').select('state').executeTakeFirstOrThrow()
    assert.equal(key.state, 'inactive')
    assert.equal((await server.call('POST', '/security/api_key_state', { json: { uid } })).status, 404)
  })

  test('takes a link once, for seven days, and of two at once one', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    await changePassword(server, await aToken(server, person))
    const notice = await mailedToken(server, person.email)
    const answers = await Promise.all([1, 2, 3].map(() => notMe(server, notice)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422])
    const again = await notMe(server, notice)
    assert.deepEqual([again.status, again.body], [422, INVALID])

    const other = await anAccount(server)
    await changePassword(server, await aToken(server, other))
    server.clock.advance(7 * DAY)
    assert.equal((await notMe(server, await mailedToken(server, other.email))).status, 422)
    assert.equal((await account(server, other.id)).frozen_at, null)
    await cleanAll(server.deps)
    assert.deepEqual(await server.deps.db.selectFrom('notice_links').selectAll().execute(), [])
  })

  test('believes the address that a notice went to before it was another one', async () => {
    await using server = await testServer(await newDatabase())
    const { db } = server.deps
    const person = await anAccount(server)
    await changePassword(server, await aToken(server, person))
    const first = await mailedToken(server, person.email)
    await db.updateTable('accounts').set({ email: 'thief@example.com' }).where('id', '=', person.id).execute()
    const token = await server.call('POST', '/sessions', {
      json: {
        email: 'thief@example.com',
        password: NEW_PASSWORD,
        application_id: (await anApplication(server)).uid,
      },
    })
    await server.call('PUT', '/accounts/password', {
      token: token.body,
      json: { old_password: NEW_PASSWORD, new_password: 'nine lanterns uphill' },
    })
    const second = await mailedToken(server, 'thief@example.com')
    assert.equal((await notMe(server, first)).status, 201)
    const { email, frozen_at } = await account(server, person.id)
    assert.equal(email, person.email)
    assert.notEqual(frozen_at, null)
    await server.deliver()
    assert.equal(server.mails.at(-1)?.to, person.email)
    assert.equal((await notMe(server, second)).status, 422, 'a younger link counts no more')
  })

  test('leaves the address where the former one belongs to somebody else by now', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    await changePassword(server, await aToken(server, person))
    const notice = await mailedToken(server, person.email)
    const changed = server.deps.db.updateTable('accounts').set({ email: 'new@example.com' })
    await changed.where('id', '=', person.id).execute()
    await anAccount(server, { email: person.email })
    assert.equal((await notMe(server, notice)).status, 201)
    const { email, frozen_at } = await account(server, person.id)
    assert.equal(email, 'new@example.com')
    assert.notEqual(frozen_at, null)
  })

  test('refuses what is no token, and links of banned and discarded accounts', async () => {
    await using server = await testServer(await newDatabase())
    assert.deepEqual((await notMe(server, '')).body, { error: 'Notice Token is empty' })
    assert.deepEqual((await notMe(server, ['x'])).body, { error: 'Notice Token is invalid' })
    assert.deepEqual((await notMe(server, 'x')).body, INVALID)
    for (const patch of [{ state: 'banned' }, { discarded_at: '2026-01-01T00:00:00.000Z' }]) {
      const person = await anAccount(server)
      await changePassword(server, await aToken(server, person))
      const notice = await mailedToken(server, person.email)
      await server.deps.db.updateTable('accounts').set(patch).where('id', '=', person.id).execute()
      assert.deepEqual((await notMe(server, notice)).body, INVALID)
    }
  })

  test('has a page that freezes when its button is pressed, and not when it is opened', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    await changePassword(server, await aToken(server, person))
    const token = await mailedToken(server, person.email)
    const url = `/accounts/not_me?notice_token=${token}`
    const opened = await server.app.inject({ url, headers: { accept: 'text/html' } })
    assert.equal(opened.statusCode, 200)
    assert.ok(opened.body.includes(`value="${token}"`))
    assert.equal((await account(server, person.id)).frozen_at, null)
    const press = () =>
      server.app.inject({
        method: 'POST',
        url: '/accounts/not_me',
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        payload: `notice_token=${token}`,
      })
    assert.match((await press()).body, /Your account is frozen/)
    assert.notEqual((await account(server, person.id)).frozen_at, null)
    const again = await press()
    assert.equal(again.statusCode, 422)
    assert.match(again.body, /does not work any more/)
  })

  test('is lifted by an operator', async () => {
    await using server = await testServer(await newDatabase())
    const frozen_at = '2026-01-01T00:00:00.000Z'
    assert.equal(
      (await liftLock(server.deps, await anAccount(server, { frozen_at }), { may_lock: false })).frozen_at,
      null,
    )
    assert.equal((await setPassword(server.deps, await anAccount(server, { frozen_at }), NEW_PASSWORD)).frozen_at, null)
  })

  test('is not needed where an operator sets a password, which ends what a reset ends, and is told', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const token = await aToken(server, person)
    const json = { email: 'thief@example.com' }
    assert.equal((await server.call('POST', '/accounts/email', { token, json })).status, 201)
    await setPassword(server.deps, person, NEW_PASSWORD)
    assert.deepEqual(await server.deps.db.selectFrom('email_changes').selectAll().execute(), [])
    assert.ok((await subjects(server)).includes('Your password was changed'))
    assert.ok((await subjects(server)).includes('Some actions are on hold'))
  })
})
