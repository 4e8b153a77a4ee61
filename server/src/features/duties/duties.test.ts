import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/notices.ts'
import { operationsOf } from '../../../test/support/operations.ts'
import { addPasskey, aPasskey } from '../../../test/support/passkeys.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { isObject } from '../../lib/json.ts'
import { createConfirmedAccount, setPassword } from '../accounts/accounts.ts'

const NEW_PASSWORD = 'eight lanterns uphill'
const FIRST_PASSWORD = { error: 'Please change your password first' }
const FIRST_FACTOR = { error: 'Please set up a second factor first' }
const EVERYBODY = { REQUIRE_SECOND_FACTOR: 'everybody' }

/** Somebody whose password an operator chose. */
const given = (server: TestServer) => anAccount(server, { password_given_at: '2026-01-01T00:00:00.000Z' })

const audienceOf = (token: string): unknown => {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return isObject(claims) ? claims['aud'] : undefined
}

/** The operations behind the guard of the account that answer something else than the refusal. */
async function openTo(server: TestServer, token: string, refusal: { error: string }): Promise<string[]> {
  const open: string[] = []
  for (const { method, path, isOpen } of operationsOf('user-api')) {
    if (isOpen) continue
    const url = path.replace('/api/v1', '').replace(/\{\w+\}/g, '999999')
    const { status, body } = await server.call(method, url, { token, json: method === 'GET' ? undefined : {} })
    // Parameters are judged before, as 1.8.26 did.
    const isJudged = status === 400 || status === 422 || status === 406
    if (!isJudged && (status !== 403 || body.error !== refusal.error))
      open.push(`${method} ${path.replace('/api/v1', '')}`)
  }
  return open
}

onEachDatabase('Who signs in with a password that somebody else chose', (newDatabase) => {
  const server = sharedServer(newDatabase)

  // ASVS 6.4.1
  test('may do nothing but replace it, and is told so', async () => {
    const person = await given(server())
    const token = await aToken(server(), person)
    const me = await server().call('GET', '/accounts/me', { token })
    assert.deepEqual([me.status, me.body.required_action], [200, 'change_password'])
    const refused = await server().call('GET', '/labels', { token })
    assert.deepEqual([refused.status, refused.body], [403, FIRST_PASSWORD])
    assert.equal((await server().call('POST', '/security/generate_qrcode', { token })).status, 403)
    assert.equal((await server().call('POST', '/security/renew', { token })).status, 403)
    assert.deepEqual(audienceOf(token), ['barong'], 'services that verify tokens by themselves are not meant')
    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD }
    assert.equal((await server().call('PUT', '/accounts/password', { token, json })).status, 200)
    assert.equal((await server().call('GET', '/labels', { token })).status, 200, 'the session goes on')
    const renewed = await server().call('POST', '/security/renew', { token })
    assert.deepEqual(audienceOf(String(renewed.body)), ['peatio', 'barong'])
    assert.equal('required_action' in (await server().call('GET', '/accounts/me', { token })).body, false)
  })

  // ASVS 6.4.1
  test('is refused by every operation but those for it, by the admin API and by gateways', async () => {
    const person = await given(server())
    const token = await aToken(server(), person)
    assert.deepEqual(await openTo(server(), token, FIRST_PASSWORD), [
      'GET /sessions',
      'DELETE /sessions',
      'GET /accounts/me',
      'DELETE /sessions/{id}',
    ])
    await server().deps.db.updateTable('accounts').set({ role: 'admin' }).where('id', '=', person.id).execute()
    assert.deepEqual((await server().call('GET', '/admin/permissions', { token })).body, FIRST_PASSWORD)
    const headers = { 'x-forwarded-uri': '/', 'x-forwarded-method': 'GET' }
    assert.deepEqual((await server().call('GET', '/authorize', { token, headers })).body, FIRST_PASSWORD)
    assert.equal((await server().call('DELETE', '/sessions/current', { token })).status, 204, 'but may sign out')
  })

  test('may replace it by mail as well', async () => {
    const person = await given(server())
    await server().call('POST', '/security/reset_password', { json: { email: person.email } })
    const json = { reset_password_token: await mailedToken(server(), person.email), password: NEW_PASSWORD }
    assert.equal((await server().call('PUT', '/security/reset_password', { json })).status, 200)
    const { uid } = await anApplication(server())
    const credentials = { email: person.email, password: NEW_PASSWORD, application_id: uid }
    const { body } = await server().call('POST', '/sessions', { json: credentials })
    assert.equal((await server().call('GET', '/labels', { token: String(body) })).status, 200)
  })

  test('is whoever an operator made or gave a password, unless it is said to last', async () => {
    const { deps } = server()
    const input = { password: NEW_PASSWORD, role: 'member' }
    const made = await createConfirmedAccount(deps, { ...input, email: 'made@example.com' })
    assert.notEqual(made.password_given_at, null)
    const lasting = await createConfirmedAccount(deps, {
      ...input,
      email: 'bot@example.com',
      lasting: true,
    })
    assert.equal(lasting.password_given_at, null)
    assert.notEqual((await setPassword(deps, lasting, 'nine lanterns uphill')).password_given_at, null)
    assert.equal((await setPassword(deps, made, 'nine lanterns uphill', { lasting: true })).password_given_at, null)
  })
})

onEachDatabase('With REQUIRE_SECOND_FACTOR=everybody', (newDatabase) => {
  // ASVS 6.3.3
  test('who has no second factor sets one up before anything else, by an app', async () => {
    await using server = await testServer(await newDatabase(), EVERYBODY)
    const person = await anAccount(server)
    const token = await aToken(server, person)
    assert.equal((await server.call('GET', '/accounts/me', { token })).body.required_action, 'set_up_second_factor')
    assert.deepEqual((await server.call('GET', '/labels', { token })).body, FIRST_FACTOR)
    assert.deepEqual(audienceOf(token), ['barong'])
    const open = await openTo(server, token, FIRST_FACTOR)
    const allowed =
      /^\w+ \/(accounts\/(me|password)|sessions(\/\{id\})?$|security\/(generate_qrcode|enable_2fa|verify_code|confirm|confirm_options|recovery_codes|disable_2fa|passkeys.*))/
    assert.deepEqual(
      open.filter((operation) => !allowed.test(operation)),
      [],
    )
    const { token: after } = await anAuthenticator(server, person)
    assert.equal((await server.call('GET', '/labels', { token: after })).status, 200)
    assert.equal('required_action' in (await server.call('GET', '/accounts/me', { token: after })).body, false)
  })

  // ASVS 6.3.3
  test('a passkey will do', async () => {
    await using server = await testServer(await newDatabase(), EVERYBODY)
    const token = await aToken(server, await anAccount(server))
    assert.equal((await addPasskey(server, token, aPasskey())).status, 201)
    assert.equal((await server.call('GET', '/labels', { token })).status, 200)
  })

  test('nobody is asked by default', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    assert.equal((await server.call('GET', '/labels', { token })).status, 200)
    assert.equal('required_action' in (await server.call('GET', '/accounts/me', { token })).body, false)
  })
})
