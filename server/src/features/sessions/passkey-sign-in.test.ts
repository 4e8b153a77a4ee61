import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { anAuthenticator } from '../../../test/support/authenticator.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, anApplication, PASSWORD } from '../../../test/support/factories.ts'
import {
  type Authenticator,
  addPasskey,
  anAddedPasskey,
  aPasskey,
  type Deviation,
} from '../../../test/support/passkeys.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso, MINUTE } from '../../lib/clock.ts'
import type { Account } from '../../platform/db/schema.ts'

const WRONG = [401, { error: 'Passkey is invalid' }]

onEachDatabase('Signing in by a passkey', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let application_id: string
  before(async () => {
    application_id = (await anApplication(server())).uid
  })
  const begin = async () => (await server().call('POST', '/sessions/passkey/options')).body
  const send = async (credential: unknown) => {
    const { status, body } = await server().call('POST', '/sessions/passkey', { json: { credential, application_id } })
    return [status, body]
  }
  const signIn = async (passkey: Authenticator, deviation?: Deviation) => send(passkey.get(await begin(), deviation))

  test('alone answers as POST /sessions does', async () => {
    const person = await anAccount(server())
    const { passkey } = await anAddedPasskey(server(), person)
    const options = await begin()
    assert.deepEqual(
      [options.rpId, options.userVerification, options.allowCredentials],
      ['barong.test', 'required', []],
    )
    const [status, token] = await send(passkey.get(options))
    assert.equal(status, 201)
    const me = await server().call('GET', '/accounts/me', { token })
    assert.equal(me.body.uid, person.uid)
    const fresh = await server().call('POST', '/security/passkeys/options', { token })
    assert.equal(fresh.status, 201, 'it is a fresh proof of who they are')
    const sessions = await server().call('GET', '/sessions', { token })
    assert.equal(sessions.body[0].application.uid, application_id)
  })

  test('works with an authenticator that does not count', async () => {
    const { passkey } = await anAddedPasskey(server(), await anAccount(server()), aPasskey({ counts: false }))
    assert.equal((await signIn(passkey))[0], 201)
    assert.equal((await signIn(passkey))[0], 201)
  })

  // ASVS 6.5.7
  test('refuses a replay, a forgery, another site and an authenticator that did not check who holds it', async () => {
    const { passkey } = await anAddedPasskey(server(), await anAccount(server()))
    const signed = passkey.get(await begin())
    assert.equal((await send(signed))[0], 201)
    assert.deepEqual(await send(signed), WRONG, 'replayed')
    assert.deepEqual(await signIn(passkey, { origin: 'http://evil.example' }), WRONG)
    assert.deepEqual(await signIn(passkey, { rp_id: 'evil.example' }), WRONG)
    assert.deepEqual(await signIn(passkey, { type: 'webauthn.create' }), WRONG)
    assert.deepEqual(await signIn(passkey, { verified: false }), WRONG, 'downgraded')
    assert.deepEqual(await signIn(aPasskey()), WRONG, 'unknown')
    const forged = { ...aPasskey().get(await begin()), id: passkey.id, rawId: passkey.id }
    assert.deepEqual(await send(forged), WRONG, 'signed by another key')
    const late = await begin()
    server().clock.advance(5 * MINUTE)
    assert.deepEqual(await send(passkey.get(late)), WRONG, 'expired')
  })

  test('refuses a count that does not rise, as of a copied authenticator', async () => {
    const { passkey } = await anAddedPasskey(server(), await anAccount(server()))
    assert.equal((await signIn(passkey, { counter: 7 }))[0], 201)
    assert.deepEqual(await signIn(passkey, { counter: 7 }), WRONG)
    assert.deepEqual(await signIn(passkey, { counter: 0 }), WRONG)
    assert.equal((await signIn(passkey, { counter: 8 }))[0], 201)
    const twice = await Promise.all([signIn(passkey, { counter: 9 }), signIn(passkey, { counter: 9 })])
    assert.deepEqual(twice.map(([status]) => status).sort(), [201, 401])
  })

  test('works while wrong passwords have locked the account, and not where it is frozen, banned or closed', async () => {
    const person = await anAccount(server())
    const { passkey } = await anAddedPasskey(server(), person)
    const set = (patch: Partial<Account>) =>
      server().deps.db.updateTable('accounts').set(patch).where('id', '=', person.id).execute()
    const now = iso(server().clock.now())
    await set({ locked_at: now, failed_attempts: 5 })
    assert.equal((await signIn(passkey))[0], 201)
    for (const patch of [{ frozen_at: now }, { discarded_at: now, frozen_at: null }]) {
      await set(patch)
      assert.deepEqual(await signIn(passkey), [401, { error: 'Your account was locked!' }])
    }
    await set({ discarded_at: null, state: 'pending', confirmed_at: null })
    assert.equal((await signIn(passkey))[0], 401)
  })

  test('names what is wrong with the other parameters', async () => {
    const { passkey } = await anAddedPasskey(server(), await anAccount(server()))
    const post = async (json: object) => {
      const { status, body } = await server().call('POST', '/sessions/passkey', { json })
      return [status, body.error]
    }
    assert.deepEqual(await post({ application_id }), [400, 'Credential is missing, Credential is empty'])
    const credential = passkey.get(await begin())
    assert.deepEqual(await post({ credential, application_id: 'x' }), [401, 'Wrong Application ID'])
    assert.equal((await post({ credential, application_id, expires_in: '1' }))[0], 422)
    assert.equal((await send(credential))[0], 201, 'neither used it up')
  })
})

onEachDatabase('A passkey as second factor', (newDatabase) => {
  const server = sharedServer(newDatabase)
  let application_id: string
  before(async () => {
    application_id = (await anApplication(server())).uid
  })
  const signIn = async ({ email }: Account, more: object = {}) => {
    const json = { email, password: PASSWORD, application_id, ...more }
    const { status, body } = await server().call('POST', '/sessions', { json })
    return { status, body }
  }

  // ASVS 6.3.4
  test('is asked for after the password, which no longer signs in by itself', async () => {
    const person = await anAccount(server())
    const { passkey } = await anAddedPasskey(server(), person)
    const asked = await signIn(person)
    assert.equal(asked.status, 403)
    assert.equal(asked.body.error, 'The account has enabled 2FA but OTP code is missing')
    assert.deepEqual(
      asked.body.passkey_options.allowCredentials.map(({ id }: { id: string }) => id),
      [passkey.id],
    )
    const signed = passkey.get(asked.body.passkey_options, { verified: false })
    const { status, body } = await signIn(person, { passkey: signed })
    assert.equal(status, 201)
    assert.equal((await server().call('GET', '/accounts/me', { token: body })).status, 200)
    assert.deepEqual((await signIn(person, { passkey: signed })).body, { error: 'Passkey is invalid' }, 'replayed')
    const wrong = await server().call('POST', '/sessions', {
      json: { email: person.email, password: 'wrong', application_id },
    })
    assert.deepEqual(wrong.body, { error: 'Invalid Email or Password' })
  })

  test('is neither that of another account nor what was signed for a sign-in without password', async () => {
    const [person, thief] = [await anAccount(server()), await anAccount(server())]
    const mine = await anAddedPasskey(server(), person)
    const theirs = await anAddedPasskey(server(), thief)
    const refused = async (credential: unknown) => {
      const { status, body } = await signIn(person, { passkey: credential })
      assert.deepEqual([status, body], [403, { error: 'Passkey is invalid' }])
    }
    const options = async (of: Account) => (await signIn(of)).body.passkey_options
    await refused(theirs.passkey.get(await options(person)))
    await refused(mine.passkey.get(await options(thief)))
    const alone = (await server().call('POST', '/sessions/passkey/options')).body
    await refused(mine.passkey.get(alone))
    const second = mine.passkey.get(await options(person))
    const swapped = await server().call('POST', '/sessions/passkey', { json: { credential: second, application_id } })
    assert.equal(swapped.status, 401)
  })

  test('stands beside the authenticator app: either will do', async () => {
    const person = await anAccount(server())
    const { token, app } = await anAuthenticator(server(), person)
    const passkey = aPasskey()
    assert.equal((await addPasskey(server(), token, passkey)).status, 201)
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200, 'a further factor ends nothing')
    assert.equal((await signIn(person, { otp_code: app.next() })).status, 201)
    const { passkey_options } = (await signIn(person)).body
    assert.equal((await signIn(person, { passkey: passkey.get(passkey_options) })).status, 201)
  })

  test('is not asked for after a code, a wrong one of which is counted as ever', async () => {
    const person = await anAccount(server())
    await anAddedPasskey(server(), person)
    assert.deepEqual(await signIn(person, { otp_code: '123456' }), {
      status: 403,
      body: { error: 'OTP code is invalid' },
    })
    const { failed_attempts } = await server()
      .deps.db.selectFrom('accounts')
      .select('failed_attempts')
      .where('id', '=', person.id)
      .executeTakeFirstOrThrow()
    assert.equal(failed_attempts, 1)
  })
})
