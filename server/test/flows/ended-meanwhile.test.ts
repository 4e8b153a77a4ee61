import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { endAccess } from '../../src/features/accounts/accounts.ts'
import type { Tx } from '../../src/platform/db/db.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anAuthenticator, authenticatorOf } from '../support/authenticator.ts'
import { anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { type WatchedServer, watchedServer } from '../support/meanwhile.ts'
import { anAddedPasskey } from '../support/passkeys.ts'

const { public_key } = anRsaKey()
const NEW_PASSWORD = 'seven lanterns uphill'
const REVOKED = { error: 'The access token was revoked' }
const PHONE = '+14155552671'

/** What is changed of an account: who it is, and the call that changes it. */
interface Change {
  account: Account
  ask: () => ReturnType<WatchedServer['call']>
}

/** Every change of what lets somebody in, as somebody makes it whose session is about to end. */
const CHANGES: Record<string, (server: WatchedServer) => Promise<Change>> = {
  'an API key is made': async (server) => {
    const { account, token, app } = await withApp(server)
    const json = { public_key, totp_code: app.next() }
    return { account, ask: () => server.call('POST', '/api_keys', { token, json }) }
  },
  'an API key is changed': async (server) => {
    const { account, token, app, uid } = await withKey(server)
    const json = { state: 'active', totp_code: app.next() }
    return { account, ask: () => server.call('PATCH', `/api_keys/${uid}`, { token, json }) }
  },
  'an API key is removed': async (server) => {
    const { account, token, app, uid } = await withKey(server)
    return { account, ask: () => server.call('DELETE', `/api_keys/${uid}?totp_code=${app.next()}`, { token }) }
  },
  'an authenticator app is shown its secret': async (server) => {
    const { account, token } = await signedIn(server)
    return { account, ask: () => server.call('POST', '/security/generate_qrcode', { token }) }
  },
  'two-factor authentication is turned on': async (server) => {
    const { account, token } = await signedIn(server)
    const { body } = await server.call('POST', '/security/generate_qrcode', { token })
    const json = { code: authenticatorOf(server, body.data.url).code() }
    return { account, ask: () => server.call('POST', '/security/enable_2fa', { token, json }) }
  },
  'two-factor authentication is turned off': async (server) => {
    const { account, token, app } = await withApp(server)
    const json = { password: PASSWORD, code: app.next() }
    return { account, ask: () => server.call('POST', '/security/disable_2fa', { token, json }) }
  },
  'recovery codes are made': async (server) => {
    const { account, token, app } = await withApp(server)
    const json = { code: app.next() }
    return { account, ask: () => server.call('POST', '/security/recovery_codes', { token, json }) }
  },
  'recovery codes are made by the holder of a passkey': async (server) => {
    const account = await anAccount(server)
    const { token } = await anAddedPasskey(server, account)
    return { account, ask: () => server.call('POST', '/security/recovery_codes', { token, json: {} }) }
  },
  'a passkey is renamed': async (server) => {
    const account = await anAccount(server)
    const { token, uid } = await anAddedPasskey(server, account)
    return { account, ask: () => server.call('PUT', `/security/passkeys/${uid}`, { token, json: { name: 'Mine' } }) }
  },
  'a passkey is removed': async (server) => {
    const account = await anAccount(server)
    const { token, uid } = await anAddedPasskey(server, account)
    return { account, ask: () => server.call('DELETE', `/security/passkeys/${uid}`, { token }) }
  },
  'dangerous changes are asked for by the password': async (server) => {
    const { account, token } = await signedIn(server)
    const json = { password: PASSWORD }
    return { account, ask: () => server.call('POST', '/security/confirm', { token, json }) }
  },
  'dangerous changes are asked for by a passkey': async (server) => {
    const account = await anAccount(server)
    const { token, passkey } = await anAddedPasskey(server, account)
    const { body } = await server.call('POST', '/security/confirm_options', { token })
    const json = { passkey: passkey.get(body) }
    return { account, ask: () => server.call('POST', '/security/confirm', { token, json }) }
  },
  'another e-mail is asked for': async (server) => {
    const { account, token } = await signedIn(server)
    const json = { email: 'elsewhere@example.com' }
    return { account, ask: () => server.call('POST', '/accounts/email', { token, json }) }
  },
  'a change of the e-mail is called off': async (server) => {
    const { account, token } = await signedIn(server)
    const json = { email: 'elsewhere@example.com' }
    equal((await server.call('POST', '/accounts/email', { token: await aToken(server, account), json })).status, 201)
    return { account, ask: () => server.call('DELETE', '/accounts/email', { token }) }
  },
  'a phone number is verified': async (server) => {
    const { account, token } = await signedIn(server)
    equal((await server.call('POST', '/phones', { token, json: { phone_number: PHONE } })).status, 201)
    await server.deliver()
    const json = { phone_number: PHONE, verification_code: server.sms.at(-1)?.text.slice(-6) }
    return { account, ask: () => server.call('POST', '/phones/verify', { token, json }) }
  },
  'the password is changed': async (server) => {
    const { account, token } = await signedIn(server)
    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD }
    return { account, ask: () => server.call('PUT', '/accounts/password', { token, json }) }
  },
}

async function signedIn(server: WatchedServer) {
  const account = await anAccount(server)
  return { account, token: await aToken(server, account) }
}

async function withApp(server: WatchedServer) {
  const account = await anAccount(server)
  return { account, ...(await anAuthenticator(server, account)) }
}

async function withKey(server: WatchedServer) {
  const holder = await withApp(server)
  const { token, app } = holder
  const { body } = await server.call('POST', '/api_keys', { token, json: { public_key, totp_code: app.next() } })
  // As what ends access leaves it.
  const json = { state: 'inactive', totp_code: app.next() }
  equal((await server.call('PATCH', `/api_keys/${body.uid}`, { token, json })).status, 200)
  return { ...holder, uid: String(body.uid) }
}

/** What the database holds of what lets somebody in. */
async function credentials({ deps: { db } }: WatchedServer) {
  const { password_digest, otp_enabled_at, otp_pending_sealed, otp_last_step } = await db
    .selectFrom('accounts')
    .selectAll()
    .executeTakeFirstOrThrow()
  const keys = await db.selectFrom('api_keys').select(['uid', 'state']).execute()
  const passkeys = await db.selectFrom('passkeys').select(['uid', 'name']).execute()
  const codes = await db.selectFrom('recovery_codes').select('digest').execute()
  const phones = await db.selectFrom('phones').select(['id', 'validated_at', 'code_attempts']).execute()
  const proofs = await db.selectFrom('sessions').select(['id', 'reauthenticated_at']).orderBy('id').execute()
  return { password_digest, otp_enabled_at, otp_pending_sealed, otp_last_step, keys, passkeys, codes, phones, proofs }
}

onEachDatabase('Of a session that ends while its request waits', (newDatabase) => {
  for (const [what, prepare] of Object.entries(CHANGES)) {
    test(`nothing is left: ${what}`, async () => {
      await using server = await watchedServer(newDatabase)
      const { account, ask } = await prepare(server)
      const before = await credentials(server)
      const end = (tx: Tx, held: Account) => endAccess(server.deps, tx, held)
      const { status, body } = await server.overtake(account, ask, end)
      deepEqual([status, body], [401, REVOKED])
      deepEqual(await credentials(server), before)
    })

    test(`nor of one whose account is barred: ${what}`, async () => {
      await using server = await watchedServer(newDatabase)
      const { account, ask } = await prepare(server)
      const before = await credentials(server)
      const bar = (tx: Tx) => tx.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
      const { status, body } = await server.overtake(account, ask, bar)
      deepEqual([status, body], [401, { error: 'Account does not exist' }])
      deepEqual(await credentials(server), before)
    })
  }
})
