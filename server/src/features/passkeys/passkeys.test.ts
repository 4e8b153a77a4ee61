import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { eventsOf } from '../../../test/support/mails.ts'
import { subjects } from '../../../test/support/notices.ts'
import { addPasskey, anAddedPasskey, aPasskey } from '../../../test/support/passkeys.ts'
import { testServer } from '../../../test/support/server.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { cleanAll } from '../../cleaning.ts'
import { MINUTE } from '../../lib/clock.ts'
import { disableTwoFactor } from '../two-factor/two-factor.ts'

const FULL = { error: 'There are 20 passkeys already; remove one first' }
const INVALID = [422, { error: 'Passkey is invalid' }]

onEachDatabase('Adding passkeys', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const list = async (token: string) => (await server().call('GET', '/security/passkeys', { token })).body

  test('gives each a name; they are listed, renamed and removed', async () => {
    const { token, uid } = await anAddedPasskey(server(), await anAccount(server()))
    const second = await addPasskey(server(), token, aPasskey())
    assert.equal(second.status, 201)
    const [first] = await list(token)
    assert.deepEqual([first.id, first.name, first.synced, first.last_used_at], [uid, 'My phone', true, null])
    const renamed = await server().call('PUT', `/security/passkeys/${uid}`, { token, json: { name: ' Old  phone ' } })
    assert.deepEqual([renamed.status, renamed.body.name], [200, 'Old phone'])
    const long = await server().call('PUT', `/security/passkeys/${uid}`, { token, json: { name: 'x'.repeat(65) } })
    assert.deepEqual([long.status, long.body], [422, { error: 'Name is too long (maximum is 64 characters)' }])
    assert.equal((await server().call('DELETE', `/security/passkeys/${uid}`, { token })).status, 204)
    assert.equal((await server().call('DELETE', `/security/passkeys/${uid}`, { token })).status, 404)
    assert.deepEqual(
      (await list(token)).map((passkey: { id: string }) => passkey.id),
      [second.body.id],
    )
  })

  test('and removing one ends all sessions but the one that asks', async () => {
    const person = await anAccount(server())
    const { token, passkey, uid } = await anAddedPasskey(server(), person)
    assert.equal((await addPasskey(server(), token, aPasskey())).status, 201)
    const { uid: application_id } = await anApplication(server())
    const options = (await server().call('POST', '/sessions/passkey/options')).body
    const json = { credential: passkey.get(options), application_id }
    const other = (await server().call('POST', '/sessions/passkey', { json })).body
    const me = async (bearer: string) => (await server().call('GET', '/accounts/me', { token: bearer })).status
    assert.deepEqual([await me(token), await me(other)], [200, 200])
    assert.equal((await server().call('DELETE', `/security/passkeys/${uid}`, { token })).status, 204)
    assert.deepEqual([await me(token), await me(other)], [200, 401])
  })

  test('is told by mail, as events and in the activities, and ends sessions that were opened without it', async () => {
    const person = await anAccount(server())
    const other = await aToken(server(), person)
    const { token, uid } = await anAddedPasskey(server(), person)
    assert.equal((await server().call('GET', '/accounts/me', { token: other })).status, 401)
    await server().call('DELETE', `/security/passkeys/${uid}`, { token })
    const told = (await subjects(server())).filter((subject) => subject.includes('passkey'))
    assert.deepEqual(told.slice(-2), ['A passkey was added', 'A passkey was removed'])
    const events = await eventsOf(server(), person)
    assert.ok(events.includes('model.passkey.created') && events.includes('model.passkey.deleted'))
    const records = await server()
      .deps.db.selectFrom('audit_records')
      .select('action')
      .where('account_id', '=', person.id)
      .where('action', 'like', 'passkey.%')
      .execute()
    assert.deepEqual(
      records.map(({ action }) => action),
      ['passkey.added', 'passkey.removed'],
    )
  })

  // ASVS 6.7.2
  test('refuses a challenge that was used, is over, or was given to another session', async () => {
    const person = await anAccount(server())
    const [token, other] = [await aToken(server(), person), await aToken(server(), await anAccount(server()))]
    const begin = async () => (await server().call('POST', '/security/passkeys/options', { token })).body
    const add = async (credential: unknown, as = token) => {
      const { status, body } = await server().call('POST', '/security/passkeys', { token: as, json: { credential } })
      return [status, body]
    }
    const options = await begin()
    assert.deepEqual(await add(aPasskey().create(options), other), INVALID, 'transplanted')
    assert.equal((await add(aPasskey().create(options)))[0], 201)
    assert.deepEqual(await add(aPasskey().create(options)), INVALID, 'replayed')
    assert.deepEqual(await add(aPasskey().create({ challenge: 'made up' })), INVALID, 'forged')
    const late = await begin()
    server().clock.advance(5 * MINUTE)
    assert.deepEqual(await add(aPasskey().create(late)), INVALID, 'expired')
  })

  test('of one challenge that comes twice at once adds one passkey', async () => {
    const token = await aToken(server(), await anAccount(server()))
    const options = (await server().call('POST', '/security/passkeys/options', { token })).body
    const answers = await Promise.all(
      [aPasskey(), aPasskey(), aPasskey()].map((passkey) =>
        server().call('POST', '/security/passkeys', { token, json: { credential: passkey.create(options) } }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422])
  })

  test('refuses what was made for another site, another purpose, or is no credential', async () => {
    const token = await aToken(server(), await anAccount(server()))
    for (const deviation of [
      { origin: 'https://barong.test.evil.example' },
      { origin: 'https://barong.test' },
      { rp_id: 'evil.example' },
      { type: 'webauthn.get' },
    ]) {
      const { status, body } = await addPasskey(server(), token, aPasskey(), deviation)
      assert.deepEqual([status, body], INVALID, JSON.stringify(deviation))
    }
    for (const credential of [{ id: 'x' }, { id: 1, rawId: 'x', type: 'public-key', response: {} }]) {
      const { status, body } = await server().call('POST', '/security/passkeys', { token, json: { credential } })
      assert.deepEqual([status, body], INVALID)
    }
    const missing = await server().call('POST', '/security/passkeys', { token, json: {} })
    assert.deepEqual([missing.status, missing.body.error], [400, 'Credential is missing, Credential is empty'])
  })

  // ASVS 6.7.1
  test('refuses a passkey that somebody has already', async () => {
    const passkey = aPasskey()
    await anAddedPasskey(server(), await anAccount(server()), passkey)
    const token = await aToken(server(), await anAccount(server()))
    const { status, body } = await addPasskey(server(), token, passkey)
    assert.deepEqual([status, body], [422, { error: 'Passkey was added before' }])
  })

  test('needs a fresh proof of who one is, and one’s own passkeys', async () => {
    const { uid } = await anAddedPasskey(server(), await anAccount(server()))
    const token = await aToken(server(), await anAccount(server()))
    assert.equal((await server().call('DELETE', `/security/passkeys/${uid}`, { token })).status, 404)
    assert.equal((await server().call('PUT', `/security/passkeys/${uid}`, { token, json: { name: 'x' } })).status, 404)
    assert.equal((await server().call('POST', '/security/passkeys/options')).status, 401)
    server().clock.advance(10 * MINUTE)
    for (const path of ['/security/passkeys/options', '/security/passkeys'])
      assert.equal((await server().call('POST', path, { token, json: { credential: { id: 'x' } } })).status, 403, path)
    assert.deepEqual(await list(token), [])
  })

  test('leaves no challenge behind that is over', async () => {
    const token = await aToken(server(), await anAccount(server()))
    await server().call('POST', '/security/passkeys/options', { token })
    server().clock.advance(5 * MINUTE)
    await cleanAll(server().deps)
    assert.deepEqual(await server().deps.db.selectFrom('passkey_challenges').select('id').execute(), [])
  })

  // ASVS 2.3.2
  test('keeps at most twenty', async () => {
    const token = await aToken(server(), await anAccount(server()))
    for (let count = 0; count < 20; count++) assert.equal((await addPasskey(server(), token, aPasskey())).status, 201)
    const { status, body } = await server().call('POST', '/security/passkeys/options', { token })
    assert.deepEqual([status, body], [422, FULL])
  })

  test('keeps at most twenty also where the last ones come at once', async () => {
    const token = await aToken(server(), await anAccount(server()))
    for (let count = 0; count < 19; count++) assert.equal((await addPasskey(server(), token, aPasskey())).status, 201)
    const begin = async () => (await server().call('POST', '/security/passkeys/options', { token })).body
    const begun = [await begin(), await begin(), await begin()]
    const answers = await Promise.all(
      begun.map((options) =>
        server().call('POST', '/security/passkeys', { token, json: { credential: aPasskey().create(options) } }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422])
    for (const { status, body } of answers) if (status === 422) assert.deepEqual(body, FULL)
  })
})

onEachDatabase('Confirming by a passkey', (newDatabase) => {
  const server = sharedServer(newDatabase)

  test('lets dangerous changes be made without the password', async () => {
    const { token, passkey } = await anAddedPasskey(server(), await anAccount(server()))
    server().clock.advance(10 * MINUTE)
    const danger = () => server().call('POST', '/security/recovery_codes', { token, json: {} })
    assert.equal((await danger()).status, 403)
    const options = async () => (await server().call('POST', '/security/confirm_options', { token })).body
    const confirm = (credential: unknown) =>
      server().call('POST', '/security/confirm', { token, json: { passkey: credential } })
    const password = await server().call('POST', '/security/confirm', { token, json: { password: PASSWORD } })
    assert.equal(password.status, 403, 'a password alone')
    assert.equal((await danger()).status, 403)
    const weak = await confirm(passkey.get(await options(), { verified: false }))
    assert.deepEqual([weak.status, weak.body], INVALID)
    const signed = passkey.get(await options())
    assert.equal((await confirm(signed)).status, 201)
    assert.deepEqual((await confirm(signed)).body, INVALID[1], 'replayed')
    assert.equal((await danger()).status, 201)
  })

  test('notes how far the authenticator has counted: a copy of it that is behind confirms nothing', async () => {
    const { token, passkey } = await anAddedPasskey(server(), await anAccount(server()))
    const options = async () => (await server().call('POST', '/security/confirm_options', { token })).body
    const confirm = async (counter: number) => {
      const json = { passkey: passkey.get(await options(), { counter }) }
      return (await server().call('POST', '/security/confirm', { token, json })).status
    }
    assert.deepEqual([await confirm(5), await confirm(5), await confirm(4), await confirm(6)], [201, 422, 422, 201])
  })

  test('takes one of two signatures of one count that come at once', async () => {
    const { token, passkey } = await anAddedPasskey(server(), await anAccount(server()))
    const options = async () => (await server().call('POST', '/security/confirm_options', { token })).body
    const copies = [await options(), await options()].map((asked) => passkey.get(asked, { counter: 7 }))
    const answers = await Promise.all(
      copies.map((copy) => server().call('POST', '/security/confirm', { token, json: { passkey: copy } })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422])
  })

  test('takes neither another’s passkey nor another session’s challenge', async () => {
    const mine = await anAddedPasskey(server(), await anAccount(server()))
    const theirs = await anAddedPasskey(server(), await anAccount(server()))
    const options = async (token: string) => (await server().call('POST', '/security/confirm_options', { token })).body
    const confirm = async (credential: unknown) => {
      const { status, body } = await server().call('POST', '/security/confirm', {
        token: mine.token,
        json: { passkey: credential },
      })
      return [status, body]
    }
    assert.deepEqual(await confirm(theirs.passkey.get(await options(mine.token))), INVALID)
    assert.deepEqual(await confirm(mine.passkey.get(await options(theirs.token))), INVALID)
    const adding = (await server().call('POST', '/security/passkeys/options', { token: mine.token })).body
    assert.deepEqual(await confirm(mine.passkey.get(adding)), INVALID, 'for another purpose')
    assert.deepEqual((await server().call('POST', '/security/confirm', { token: mine.token, json: {} })).body, {
      error: 'Password is missing',
    })
  })
})

onEachDatabase('Lost passkeys', (newDatabase) => {
  test('are stood in for by recovery codes, which end with the last passkey', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const { token, uid } = await anAddedPasskey(server, person)
    const made = await server.call('POST', '/security/recovery_codes', { token, json: {} })
    assert.equal(made.status, 201)
    const confirm = (otp_code: string) =>
      server.call('POST', '/security/confirm', { token, json: { password: PASSWORD, otp_code } })
    assert.equal((await confirm(made.body.codes[0])).status, 201)
    await server.call('DELETE', `/security/passkeys/${uid}`, { token })
    const left = await server.call('GET', '/security/recovery_codes', { token })
    assert.deepEqual(left.body, { left: 0 })
  })

  // ASVS 6.5.6
  test('are removed by the operator, which ends all sessions', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const { token } = await anAddedPasskey(server, person)
    await disableTwoFactor(server.deps, person)
    assert.equal((await server.call('GET', '/accounts/me', { token })).status, 401)
    assert.deepEqual(await server.deps.db.selectFrom('passkeys').selectAll().execute(), [])
    assert.ok(await aToken(server, person))
  })

  test('that were added by an intruder go when the owner says that it was not them', async () => {
    await using server = await testServer(await newDatabase())
    const person = await anAccount(server)
    const own = await anAddedPasskey(server, person)
    await server.deliver()
    server.clock.advance(MINUTE)
    const strange = await addPasskey(server, own.token, aPasskey())
    await server.deliver()
    const notice_token = /notice_token=([\w-]+)/.exec(server.mails.at(-1)?.text ?? '')?.[1]
    const said = await server.call('POST', '/security/not_me', { json: { notice_token } })
    assert.equal(said.status, 201)
    const left = await server.deps.db.selectFrom('passkeys').select('uid').execute()
    assert.deepEqual(
      left.map(({ uid }) => uid),
      [own.uid],
    )
    assert.notEqual(strange.body.id, own.uid)
  })
})
