import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import { mailedToken } from '../../../test/support/mails.ts'
import { addPasskey, anAddedPasskey, aPasskey } from '../../../test/support/passkeys.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { cleanAll } from '../../cleaning.ts'
import { HOUR, iso, isoSeconds, SECOND } from '../../lib/clock.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Account } from '../../platform/db/schema.ts'
import { createPrivateLabel, deletePrivateLabel, liftTimedLabels } from '../labels/labels.ts'
import { imposeHolds } from './holds.ts'

const NEW_PASSWORD = 'eight lanterns uphill'

/** Signs in and returns the token with its claims. */
async function signIn(server: TestServer, { email }: Account, password: string, more: object = {}) {
  const { uid } = await anApplication(server)
  const json = { email, password, application_id: uid, ...more }
  const { status, body } = await server.call('POST', '/sessions', { json })
  assert.equal(status, 201, JSON.stringify(body))
  return { token: String(body), claims: claimsOf(body) }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** Resets the password by mail. */
async function reset(server: TestServer, { email }: Account, password = NEW_PASSWORD) {
  await server.call('POST', '/security/reset_password', { json: { email } })
  const reset_password_token = await mailedToken(server, email)
  const answer = await server.call('PUT', '/security/reset_password', { json: { reset_password_token, password } })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
}

const holdsOf = async (server: TestServer, token: string) =>
  (await server.call('GET', '/security/holds', { token })).body

onEachDatabase('A hold', (newDatabase) => {
  test('follows a reset password: in tokens, labels, events, activities and by mail, with the time left', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    await reset(server, person)
    const until = server.clock.now() + 24 * HOUR
    server.clock.advance(HOUR)
    const { token, claims } = await signIn(server, person, NEW_PASSWORD)
    assert.deepEqual(claims.holds, { 'hold:withdraw': Math.floor(until / SECOND) })
    const renewed = await server.call('POST', '/security/renew', { token, json: {} })
    assert.deepEqual(claimsOf(renewed.body).holds, claims.holds)
    const [hold] = await holdsOf(server, token)
    assert.deepEqual(hold, {
      label: 'hold:withdraw',
      reason: 'password_reset',
      since: hold.since,
      until: isoSeconds(iso(until)),
      seconds_left: 23 * 3600,
    })
    const label = await server.call('GET', '/labels/hold', { token })
    assert.deepEqual(
      [label.body.value, label.body.scope, label.body.expires_at, label.body.reason],
      ['withdraw', 'private', isoSeconds(iso(until)), 'password_reset'],
    )
    await server.deliver()
    const event = server.events.find(({ name }) => name === 'model.label.created')
    assert.match(JSON.stringify(event), /password_reset/)
    assert.ok(server.mails.some(({ to, subject }) => to === person.email && subject === 'Some actions are on hold'))
    const refused = await server.call('DELETE', '/labels/hold', { token })
    assert.deepEqual(refused.body, { error: "Can't update Label." }, 'nobody lifts it for themselves')
    const row = await server.deps.db.selectFrom('labels').select('actor').where('key', '=', 'hold').executeTakeFirst()
    assert.equal(row?.actor, 'system')
  })

  test('counts no longer once its time is over, and is then lifted with an event and a record', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    await reset(server, person)
    server.clock.advance(24 * HOUR - 1)
    await cleanAll(server.deps)
    const before = await signIn(server, person, NEW_PASSWORD)
    assert.equal((await holdsOf(server, before.token)).length, 1)
    server.clock.advance(1)
    assert.deepEqual(await holdsOf(server, before.token), [])
    assert.equal((await server.call('GET', '/labels/hold', { token: before.token })).status, 404)
    assert.equal((await signIn(server, person, NEW_PASSWORD)).claims.holds, undefined)
    await cleanAll(server.deps)
    await cleanAll(server.deps)
    await server.deliver()
    assert.equal(server.events.filter(({ name }) => name === 'model.label.deleted').length, 1)
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select('actor_kind')
      .where('action', '=', 'label.deleted')
      .execute()
    assert.deepEqual(
      records.map(({ actor_kind }) => actor_kind),
      ['system'],
    )
  })

  test('is prolonged by a second cause, and never shortened', async () => {
    await using server = await testServer(await newDatabase(), {
      BARONG_HOLDS:
        'password_reset=hold:withdraw/2h,password_changed=hold:withdraw/10m,recovery_code_used=other:label/1h',
    })
    const person = await anAccount(server)
    await reset(server, person)
    server.clock.advance(HOUR)
    const { token } = await signIn(server, person, NEW_PASSWORD)
    const json = { old_password: NEW_PASSWORD, new_password: 'nine lanterns uphill' }
    assert.equal((await server.call('PUT', '/accounts/password', { token, json })).status, 200)
    const [kept] = await holdsOf(server, token)
    assert.deepEqual([kept.reason, kept.seconds_left], ['password_reset', 3600])
    await reset(server, person, 'ten lanterns uphill')
    const after = await signIn(server, person, 'ten lanterns uphill')
    assert.equal((await holdsOf(server, after.token))[0].seconds_left, 7200)
    await server.deliver()
    assert.equal(server.events.filter(({ name }) => name === 'model.label.updated').length, 1)
  })

  test('is not lifted where it was prolonged after it was seen to be over', async () => {
    let seen: () => void = () => {}
    await using server = await testServer(await newDatabase(), {}, ({ query }) => {
      if (/^select .* from "labels" where "expires_at" <= /.test(query.sql)) seen()
    })
    const { db } = server.deps
    const person = await anAccount(server)
    await reset(server, person)
    server.clock.advance(24 * HOUR)
    const lifted = await db.transaction().execute(async (tx) => {
      const held = await lockAccount(tx, person.id)
      const looked = new Promise<void>((resolve) => {
        seen = resolve
      })
      const lifting = liftTimedLabels(server.deps)
      await looked
      await imposeHolds(server.deps, tx, held, 'password_reset')
      return { lifting }
    })
    assert.equal(await lifted.lifting, 1)
    const { claims } = await signIn(server, person, NEW_PASSWORD)
    assert.deepEqual(Object.keys(claims.holds ?? {}), ['hold:withdraw'])
  })

  test('leaves a label alone that somebody set for good, and is lifted early by a service', async () => {
    await using server = await testServer(await newDatabase())
    const [person, other] = [await anAccount(server), await anAccount(server)]
    await createPrivateLabel(server.deps, person, { key: 'hold', value: 'everything' })
    await reset(server, person)
    const { token } = await signIn(server, person, NEW_PASSWORD)
    assert.deepEqual(await holdsOf(server, token), [])
    assert.equal((await server.call('GET', '/labels/hold', { token })).body.value, 'everything')
    await reset(server, other)
    await deletePrivateLabel(server.deps, other, 'hold')
    assert.equal((await signIn(server, other, NEW_PASSWORD)).claims.holds, undefined)
  })

  test('is imposed once by causes that come at once', async () => {
    await using server = await testServer(await newDatabase(), { BARONG_HOLDS: 'password_changed=hold:withdraw/1h' })
    const person = await anAccount(server)
    const { token } = await signIn(server, person, PASSWORD)
    const change = (new_password: string) =>
      server.call('PUT', '/accounts/password', { token, json: { old_password: PASSWORD, new_password } })
    const answers = await Promise.all([change('nine lanterns uphill'), change('ten lanterns uphill')])
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.equal((await holdsOf(server, token)).length, 1)
  })

  test('is none with BARONG_HOLDS=off, and none for a change that was refused', async () => {
    await using off = await testServer(await newDatabase(), { BARONG_HOLDS: 'off' })
    const person = await anAccount(off)
    await reset(off, person)
    assert.equal((await signIn(off, person, NEW_PASSWORD)).claims.holds, undefined)
    await using server = await testServer(await newDatabase())
    const same = await anAccount(server)
    await server.call('POST', '/security/reset_password', { json: { email: same.email } })
    const json = { reset_password_token: await mailedToken(server, same.email), password: 'short' }
    assert.equal((await server.call('PUT', '/security/reset_password', { json })).status, 422)
    assert.deepEqual(await server.deps.db.selectFrom('labels').selectAll().where('key', '=', 'hold').execute(), [])
  })
})

onEachDatabase('A hold that the operator wants besides', (newDatabase) => {
  const CAUSES = ['password_changed', 'second_factor_added', 'recovery_code_used', 'new_device'] as const
  const server = sharedServer(newDatabase, {
    BARONG_HOLDS: CAUSES.map((cause) => `${cause}=${cause}:held/1h`).join(),
  })
  const labels = async (token: string): Promise<string[]> =>
    (await holdsOf(server(), token)).map(({ label }: { label: string }) => label.split(':')[0])

  test('follows a changed password', async () => {
    const { token } = await signIn(server(), await anAccount(server()), PASSWORD)
    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD }
    assert.equal((await server().call('PUT', '/accounts/password', { token, json })).status, 200)
    assert.deepEqual(await labels(token), ['password_changed'])
  })

  test('follows a second factor, be it the app or a passkey, and the use of a recovery code', async () => {
    const person = await anAccount(server())
    const { token, app } = await anAuthenticator(server(), person)
    assert.deepEqual(await labels(token), ['second_factor_added'])
    const other = await signIn(server(), await anAccount(server()), PASSWORD)
    assert.equal((await addPasskey(server(), other.token, aPasskey())).status, 201)
    assert.deepEqual(await labels(other.token), ['second_factor_added'])
    const json = { code: app.next() }
    const { codes } = (await server().call('POST', '/security/recovery_codes', { token, json })).body
    const confirmed = { password: PASSWORD, otp_code: codes[0] }
    assert.equal((await server().call('POST', '/security/confirm', { token, json: confirmed })).status, 201)
    assert.deepEqual(await labels(token), ['second_factor_added', 'recovery_code_used'])
  })

  test('follows a sign-in from a new device, by a password as by a passkey', async () => {
    const [person, other] = [await anAccount(server()), await anAccount(server())]
    const { passkey } = await anAddedPasskey(server(), other)
    const first = await signIn(server(), person, PASSWORD)
    assert.deepEqual(await labels(first.token), [])
    const { claims } = await signIn(server(), person, PASSWORD)
    assert.deepEqual(Object.keys(claims.holds), ['new_device:held'])
    const { uid: application_id } = await anApplication(server())
    const holdsNow = async () => {
      const options = (await server().call('POST', '/sessions/passkey/options')).body
      const json = { credential: passkey.get(options), application_id }
      return Object.keys(claimsOf((await server().call('POST', '/sessions/passkey', { json })).body).holds)
    }
    assert.ok(!(await holdsNow()).includes('new_device:held'), 'the first one of all')
    assert.ok((await holdsNow()).includes('new_device:held'))
  })
})

onEachDatabase('A hold follows', (newDatabase) => {
  const server = sharedServer(newDatabase, {
    BARONG_TRUSTED_PROXIES: '10.0.0.0/8',
    BARONG_COUNTRY_HEADER: 'CF-IPCountry',
  })
  const reasons = async (token: string) =>
    (await holdsOf(server(), token)).map(({ reason }: { reason: string }) => reason)

  test('the removal of a second factor, be it the app or a passkey', async () => {
    const { token, app } = await anAuthenticator(server(), await anAccount(server()))
    const json = { password: PASSWORD, code: app.next() }
    assert.equal((await server().call('POST', '/security/disable_2fa', { token, json })).status, 201)
    assert.deepEqual(await reasons(token), ['second_factor_removed'])
    const other = await signIn(server(), await anAccount(server()), PASSWORD)
    const added = await addPasskey(server(), other.token, aPasskey())
    assert.deepEqual(await reasons(other.token), [])
    await server().call('DELETE', `/security/passkeys/${added.body.id}`, { token: other.token })
    assert.deepEqual(await reasons(other.token), ['second_factor_removed'])
  })

  test('a second phone number, and not the first', async () => {
    const { token } = await signIn(server(), await anAccount(server()), PASSWORD)
    const verify = async (phone_number: string) => {
      await server().call('POST', '/phones', { token, json: { phone_number } })
      await server().deliver()
      const verification_code = /\d{6}/.exec(server().sms.at(-1)?.text ?? '')?.[0]
      const json = { phone_number, verification_code }
      assert.equal((await server().call('POST', '/phones/verify', { token, json })).status, 201)
    }
    await verify('+14155552671')
    assert.deepEqual(await reasons(token), [])
    await verify('+14155552672')
    assert.deepEqual(await reasons(token), ['phone_changed'])
  })

  /** Signs in as from a country; tells the holds, and the cookie that the device keeps. */
  async function from(person: Account, country: string, { cookie = '', proxy = '10.0.0.1' } = {}) {
    const { uid } = await anApplication(server())
    const answer = await server().app.inject({
      method: 'POST',
      url: '/api/v1/sessions',
      remoteAddress: proxy,
      headers: { 'cf-ipcountry': country, cookie },
      payload: { email: person.email, password: PASSWORD, application_id: uid },
    })
    assert.equal(answer.statusCode, 201)
    const given = String(answer.headers['set-cookie'] ?? '').split(';')[0] ?? ''
    return { holds: Object.keys(claimsOf(answer.json()).holds ?? {}), cookie: given || cookie }
  }

  test('a new device in a new country, not a known device that travels nor a new one at home', async () => {
    const person = await anAccount(server())
    const first = await from(person, 'DE')
    assert.match(first.cookie, /^barong_device=[\w-]{22}\.[0-9a-f]{64}$/)
    assert.deepEqual(first.holds, [])
    assert.deepEqual((await from(person, 'FR', { cookie: first.cookie })).holds, [], 'travels')
    assert.deepEqual((await from(person, 'DE')).holds, [], 'a new one at home')
    assert.deepEqual((await from(person, 'XX')).holds, [], 'nobody knows where')
    assert.deepEqual((await from(person, 'BR')).holds, ['hold:withdraw'])
  })

  test('neither what others than the proxy claim, nor a cookie that was made up or is somebody else’s', async () => {
    const [person, other] = [await anAccount(server()), await anAccount(server())]
    await from(person, 'DE')
    assert.deepEqual((await from(person, 'BR', { proxy: '192.0.2.1' })).holds, [])
    const theirs = await from(other, 'DE')
    const forged = theirs.cookie.replace(/\.[0-9a-f]{64}$/, `.${'0'.repeat(64)}`)
    assert.notEqual((await from(other, 'DE', { cookie: forged })).cookie, forged, 'a new one is given')
    assert.deepEqual((await from(person, 'BR', { cookie: theirs.cookie })).holds, ['hold:withdraw'])
  })
})
