import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientCredentials, createBarong, memoryStore, type OAuthOptions, oauth } from '../../../sdk/src/index.ts'
import { HOUR, MINUTE } from '../../src/lib/clock.ts'
import { aKeyedClient, jwkOf } from '../support/assertions.ts'
import { anEcKey, anEdKey, anRsaKey, type ClientKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, browserOf, CALLBACK, callbackOf, walk } from '../support/oauth.ts'
import { timesOf, watched } from './clients.ts'

const TOKEN = '/oauth/token'

onEachDatabase('An application of the SDK', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  /** An application in a page, and somebody who signs in there. */
  async function aPage(options: Partial<OAuthOptions> = {}, fetch?: typeof globalThis.fetch) {
    const { client_id } = await aClient(server(), { auth_method: 'none' })
    const account = await anAccount(server())
    const auth = oauth({ client_id, redirect_uri: CALLBACK, scope: 'openid profile', ...options })
    const barong = createBarong({ url: server().origin, auth, ...(fetch ? { fetch } : {}) })
    const come = async () => {
      const { url, pending } = await barong.auth.begin()
      const landed = await walk(browserOf(server()), url, account)
      return { callback: callbackOf(landed).href, pending }
    }
    return { barong, account, come }
  }

  test('signs somebody in with PKCE, and renews once however many ask', async () => {
    const store = memoryStore()
    const { paths, fetch } = watched()
    const { barong, account, come } = await aPage({ store }, fetch)
    const { callback, pending } = await come()
    await barong.auth.finish(callback, pending).orThrow()
    assert.equal((await barong.account.me().orThrow()).uid, account.uid)
    const first = store.get()
    server().clock.advance(5 * HOUR)
    await Promise.all(Array.from({ length: 10 }, () => barong.account.me().orThrow()))
    assert.equal(timesOf(paths, TOKEN), 2)
    assert.notEqual(store.get()?.refresh_token, first?.refresh_token)
    await barong.auth.signOut().orThrow()
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
  })

  test('refuses an answer to another sign-in, from another server, twice, or that says no', async () => {
    const { barong, come } = await aPage()
    const { callback, pending } = await come()
    const changed = (name: string, value: string) => {
      const url = new URL(callback)
      url.searchParams.set(name, value)
      return url.href
    }
    const refusals = await Promise.all([
      barong.auth.finish(changed('state', 'other'), pending),
      barong.auth.finish(changed('iss', 'https://evil.example'), pending),
      barong.auth.finish(callback, { ...pending, code_verifier: 'x'.repeat(43) }),
      barong.auth.finish(
        `${CALLBACK}?${new URLSearchParams({ error: 'access_denied', state: pending.state, iss: server().origin })}`,
        pending,
      ),
      barong.auth.finish(changed('iss', ''), pending),
    ])
    assert.deepEqual(
      refusals.map(({ error }) => error?.kind),
      ['validation', 'validation', 'unauthenticated', 'forbidden', 'validation'],
    )
    const { error: over } = refusals[2] ?? {}
    assert.deepEqual([over?.status, over?.code, typeof over?.requestId], [400, 'invalid_grant', 'string'])
    assert.equal((await barong.account.me()).error?.kind, 'unauthenticated')
  })

  test('keeps the session when two clients of one store renew at once, and loses it once when it was ended', async () => {
    const store = memoryStore()
    const ends: string[] = []
    const { barong, come, account } = await aPage({ store, onSignedOut: ({ kind }) => ends.push(kind) })
    const { callback, pending } = await come()
    await barong.auth.finish(callback, pending).orThrow()
    const { client_id } = JSON.parse(atob(store.get()?.token.split('.')[1] ?? ''))
    const auth = oauth({ client_id, redirect_uri: CALLBACK, store, onSignedOut: ({ kind }) => ends.push(kind) })
    const other = createBarong({ url: server().origin, auth })
    for (let time = 0; time < 2; time += 1) {
      server().clock.advance(5 * HOUR)
      await Promise.all([barong, other].map((each) => each.account.me().orThrow()))
      server().clock.advance(MINUTE)
      await Promise.all([barong, other].map((each) => each.account.me().orThrow()))
    }
    assert.deepEqual(ends, [])
    await server().deps.db.deleteFrom('oauth_records').where('kind', '=', 'RefreshToken').execute()
    server().clock.advance(5 * HOUR)
    const after = await Promise.all([barong, other].map((each) => each.account.me()))
    assert.deepEqual(
      after.map(({ error }) => error?.kind),
      ['unauthenticated', 'unauthenticated'],
    )
    assert.deepEqual(ends, ['unauthenticated'])
    assert.ok(account.uid)
  })

  test('calls for itself by its secret', async () => {
    const { client_id, client_secret } = await aClient(server())
    const { paths, fetch } = watched()
    const auth = clientCredentials({ client_id, client_secret })
    const barong = createBarong({ url: server().origin, auth, fetch })
    const tokens = await Promise.all(Array.from({ length: 5 }, () => barong.auth.token()))
    assert.equal(new Set(tokens.map(({ data }) => data)).size, 1)
    assert.ok(tokens[0]?.data)
    assert.equal(timesOf(paths, TOKEN), 1)
    const wrong = createBarong({ url: server().origin, auth: clientCredentials({ client_id, client_secret: 'x' }) })
    assert.equal((await wrong.auth.token()).error?.kind, 'credentials_refused')
  })

  test('calls for itself by its key, whatever its own clock says, and is refused by another', async () => {
    const { fetch } = watched(async (_, ask) => {
      const { body, status, headers: told } = await ask()
      const headers = new Headers(told)
      // Node tells the time of the machine, which is not that of the test.
      headers.set('date', new Date(server().clock.now()).toUTCString())
      return new Response(body, { status, headers })
    })
    for (const [key, kid] of [
      [anEcKey(), undefined],
      [anRsaKey(), 'one'],
      [anEdKey(), 'two'],
    ] as const) {
      const jwks = { keys: [jwkOf(key, kid === undefined ? {} : { kid })] }
      const { client_id } = await aKeyedClient(server(), { key, jwks })
      const privateKey = pemOf(key)
      const calls = (options: object = {}) => {
        const auth = clientCredentials({ client_id, privateKey, ...(kid === undefined ? {} : { kid }), ...options })
        return createBarong({ url: server().origin, auth, fetch })
      }
      for (const off of [0, -10 * MINUTE, 10 * MINUTE]) {
        const now = () => server().clock.now() + off
        assert.match((await calls({ now }).auth.token()).data ?? '', /^ey/)
      }
      const wrong = await calls({ privateKey: pemOf(anEcKey()) }).auth.token()
      assert.equal(wrong.error?.code, 'invalid_client')
      const elsewhere = await calls({ audience: 'https://other.example' }).auth.token()
      assert.equal(elsewhere.error?.code, 'invalid_client')
    }
  })
})

const pemOf = ({ private_key }: ClientKey): string => private_key.export({ type: 'pkcs8', format: 'pem' }).toString()
