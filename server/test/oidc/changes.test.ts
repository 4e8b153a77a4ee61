import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { setPassword } from '../../src/features/accounts/accounts.ts'
import { deleteApplication, rotateSecret } from '../../src/features/applications/applications.ts'
import { rotateSigningKeys } from '../../src/features/signing-keys/signing-keys.ts'
import { HOUR, SECOND, seconds } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import type { Browser, Visit } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  callbackOf,
  exchange,
  type OauthClient,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const SKIPPED = { consent_skipped_at: '2026-01-01T00:00:00.000Z' }

onEachDatabase('What changes while people are signed in', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)
  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).status
  const userinfo = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${server().origin}/oauth/userinfo`, { headers })
    return { status: response.status, body: JSON.parse(await response.text()) }
  }

  /** Hands in the password, and stops where the engine would take the sign-in up. */
  const typePassword = async (browser: Browser, { forms }: Visit, { email }: Account): Promise<string> => {
    const form = forms.find(({ action }) => action.endsWith('/sign_in'))
    const body = new URLSearchParams({ ...form?.fields, email, password: PASSWORD })
    const { headers } = await browser.request(form?.action ?? '', { method: 'POST', body })
    return new URL(headers.get('location') ?? '', server().origin).href
  }
  const isSignedIn = async (browser: Browser, client: OauthClient): Promise<boolean> => {
    const { url } = await browser.open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    return new URL(url).searchParams.get('error') !== 'login_required'
  }

  test('is not when and how they signed in: id tokens of a refresh say the same', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const client = await aClient(server())
    const first = await tokensOf(server(), client, { email: account.email, code: () => app.next() })
    const before = decodeJwt(first.id_token)
    assert.equal(before['auth_time'], seconds(server().clock.now()))
    server().clock.advance(HOUR)
    const second = await refresh(server(), client, first.refresh_token)
    server().clock.advance(HOUR)
    const third = await refresh(server(), client, second.body.refresh_token)
    for (const { body } of [second, third]) {
      const { acr, amr, auth_time, iat } = decodeJwt(body.id_token)
      assert.deepEqual([acr, amr, auth_time], ['urn:barong:acr:2fa', ['pwd', 'otp', 'mfa'], before['auth_time']])
      assert.notEqual(iat, before.iat)
    }
  })

  test('is told at userinfo at once, and in the tokens of the next refresh', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const tokens = await tokensOf(server(), client, account)
    assert.deepEqual((await userinfo(tokens.access_token)).body.level, 1)
    const patch = { email: `new-${account.email}`, level: 3, role: 'support' }
    await server().deps.db.updateTable('accounts').set(patch).where('id', '=', account.id).execute()
    const { body } = await userinfo(tokens.access_token)
    assert.deepEqual([body.email, body.level, body.role], [patch.email, 3, 'support'])
    const { body: next } = await refresh(server(), client, tokens.refresh_token)
    for (const token of [next.access_token, next.id_token]) {
      const { email, level } = decodeJwt<{ email: string; level: number }>(token)
      assert.deepEqual([email, level], [patch.email, 3])
    }
  })

  test('is a consent that is taken back: its tokens end, and the same browser is asked again', async () => {
    const [account, client, own] = [
      await anAccount(server()),
      await aClient(server()),
      await aClient(server(), SKIPPED),
    ]
    const browser = browserOf(server())
    const tokens = await tokensOf(server(), client, account, { browser })
    const attempt = anAttempt(server(), client)
    const landed = await browser.open(attempt.url.href)
    const { access_token: token } = await tokensOf(server(), own, account)
    const path = `/authorized_applications/${client.client_id}`
    assert.equal((await server().call('DELETE', path, { token })).status, 204)
    assert.equal(await me(tokens.access_token), 401)
    assert.equal((await userinfo(tokens.access_token)).status, 401)
    assert.equal((await exchange(server(), client, attempt, landed)).body.error, 'invalid_grant')
    assert.equal((await refresh(server(), client, tokens.refresh_token)).body.error, 'invalid_grant')
    const silent = await browser.open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    assert.equal(callbackOf(silent).searchParams.get('error'), 'consent_required')
    assert.equal(await me(token), 200)
  })

  test('is an application’s secret: the old one is void at once, what was begun goes on with the new one', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const tokens = await tokensOf(server(), client, account)
    const attempt = anAttempt(server(), client)
    const landed = await walk(browserOf(server()), attempt.url, account)
    const renewed = { ...client, client_secret: await rotateSecret(server().deps, client.client_id) }
    const refused = await exchange(server(), client, attempt, landed)
    assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client'])
    assert.equal((await refresh(server(), client, tokens.refresh_token)).status, 401)
    assert.equal((await exchange(server(), renewed, attempt, landed)).status, 200)
    assert.equal((await refresh(server(), renewed, tokens.refresh_token)).status, 200)
    assert.equal(await me(tokens.access_token), 200)
  })

  test('is an application that is removed: nothing it holds or began is good for anything', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const other = await aClient(server(), SKIPPED)
    const browser = browserOf(server())
    const tokens = await tokensOf(server(), client, account, { browser })
    const own = await post(server(), '/oauth/token', client, { grant_type: 'client_credentials' })
    const attempt = anAttempt(server(), client)
    const landed = await browser.open(attempt.url.href)
    const asked = await browser.open(anAttempt(server(), client, { prompt: 'login' }).url.href)
    const device = await post(server(), '/oauth/device_authorization', client, { scope: 'openid' })
    await deleteApplication(server().deps, client.client_id)

    assert.equal(await me(tokens.access_token), 401)
    assert.equal((await userinfo(tokens.access_token)).status, 401)
    for (const token of [tokens.access_token, tokens.refresh_token, own.body.access_token])
      assert.deepEqual((await post(server(), '/oauth/introspect', other, { token })).body, { active: false })
    const polled = await post(server(), '/oauth/token', client, {
      grant_type: DEVICE,
      device_code: device.body.device_code,
    })
    const refreshed = await refresh(server(), client, tokens.refresh_token)
    for (const { status, body } of [await exchange(server(), client, attempt, landed), refreshed, polled])
      assert.deepEqual([status, body.error], [401, 'invalid_client'])
    const again = await browser.open(anAttempt(server(), client).url.href)
    assert.deepEqual([again.status, /This did not work/.test(again.text)], [400, true])
    const late = await browser.submit(asked, '/sign_in', { email: account.email, password: PASSWORD })
    assert.ok(late.status >= 400 && late.status < 500, `${late.status} ${late.text}`)
    const typed = await browser.open(`${server().origin}/oauth/device?user_code=${device.body.user_code}`)
    assert.ok(typed.status < 500, `${typed.status} ${typed.text}`)
    assert.equal((await browser.open(`${server().origin}/oauth/sign_out`)).status, 200)
  })

  for (const token_algorithm of ['RS256', 'ES256', 'EdDSA'] as const) {
    test(`is a signing key (${token_algorithm}) while a code is on its way: its tokens verify by the published keys`, async () => {
      const { deps, clock, origin } = server()
      const account = await anAccount(server())
      const client = await aClient(server(), { token_algorithm })
      const before = await tokensOf(server(), client, account)
      const attempt = anAttempt(server(), client)
      const { KEY_PUBLISHED_AHEAD } = deps.config.values
      await rotateSigningKeys(deps)
      clock.advance((KEY_PUBLISHED_AHEAD - 1) * SECOND)
      const landed = await walk(browserOf(server()), attempt.url, account)
      clock.advance(2 * SECOND)
      await deps.keys.refresh()
      const { status, body } = await exchange(server(), client, attempt, landed)
      assert.equal(status, 200, JSON.stringify(body))
      const keys = createRemoteJWKSet(new URL('/oauth/discovery/keys', origin))
      const terms = { issuer: origin, audience: client.client_id, algorithms: [token_algorithm] }
      for (const tokens of [before, body]) {
        await jwtVerify(tokens.id_token, keys, terms)
        await jwtVerify(tokens.access_token, keys, { issuer: 'barong', algorithms: [token_algorithm] })
      }
      const kids = [before, body].map(({ id_token }) => decodeProtectedHeader(id_token).kid)
      assert.notEqual(kids[0], kids[1])
      assert.equal(await me(before.access_token), 200)
      assert.equal((await refresh(server(), client, before.refresh_token)).status, 200)
    })
  }

  test('is a password, set between the steps of a sign-in: nobody is signed in by the former one', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const browser = browserOf(server())
    const page = await browser.open(anAttempt(server(), client).url.href)
    const goOn = await typePassword(browser, page, account)
    await setPassword(server().deps, account, 'another river at dusk 8X')
    await browser.open(goOn)
    assert.equal(await isSignedIn(browser, client), false)
  })

  test('is a password, set while a browser is being signed in: nobody is signed in by the former one', async () => {
    const client = await aClient(server())
    for (let round = 0; round < 8; round += 1) {
      const account = await anAccount(server())
      const browser = browserOf(server())
      await tokensOf(server(), client, account, { browser })
      const attempt = anAttempt(server(), client, { prompt: 'login', scope: 'openid offline_access' })
      const goOn = await typePassword(browser, await browser.open(attempt.url.href), account)
      const [landed] = await Promise.all([
        browser.open(goOn),
        pause(round * 3).then(() => setPassword(server().deps, account, 'another river at dusk 8X')),
      ])
      assert.equal(await isSignedIn(browser, client), false)
      if (!landed.url.includes('code=')) continue
      const answer = await exchange(server(), client, attempt, landed)
      assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'])
    }
  })

  test('ends what a token of the family was renewed to, too', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server(), SKIPPED)]
    const attempt = anAttempt(server(), client)
    const landed = await walk(browserOf(server()), attempt.url, account)
    const { body } = await exchange(server(), client, attempt, landed)
    const renewal = await server().call('POST', '/security/renew', { token: body.access_token, json: {} })
    assert.deepEqual([renewal.status, await me(renewal.body)], [201, 200])
    await exchange(server(), client, attempt, landed)
    assert.deepEqual([await me(body.access_token), await me(renewal.body)], [401, 401])
  })
})
