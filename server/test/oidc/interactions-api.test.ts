import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import type { Browser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, callbackOf, exchange } from '../support/oauth.ts'
import { anAddedPasskey, aPasskey } from '../support/passkeys.ts'

onEachDatabase('Interactions for pages of one’s own', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  /** A script on a sign-in page: begins at an application, then talks JSON with the browser's cookies. */
  async function begin(browser: Browser = browserOf(server()), params: Record<string, string> = {}) {
    const client = await aClient(server())
    const attempt = anAttempt(server(), client, params)
    const page = await browser.open(attempt.url.href)
    const path = page.url.replace('/oauth/interaction/', '/api/v1/interactions/')
    const call = async (step = '', json?: object, headers: Record<string, string> = {}) => {
      const { status, text } = await browser.request(`${path}${step}`, {
        ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
      })
      return { status, body: JSON.parse(text) }
    }
    const state = await call()
    const send = (step: string, json: object) => call(`/${step}`, json, { 'x-csrf-token': state.body.csrf_token })
    return { browser, client, attempt, call, send, state, path }
  }

  test('tell what is asked, take the password, then the consent, and lead back to the application', async () => {
    const account = await anAccount(server())
    const { browser, client, attempt, send, state } = await begin()
    assert.equal(state.status, 200)
    const { csrf_token, id, ...rest } = state.body
    assert.match(csrf_token, /^[0-9a-f]{64}$/)
    assert.ok(id)
    assert.deepEqual(rest, {
      step: 'sign_in',
      application: { name: client.application.name },
      scopes: [],
      redirect_uri: 'https://app.example/callback',
      login_hint: null,
      signed_in_as: null,
    })
    const signedIn = await send('sign_in', { email: account.email, password: PASSWORD })
    assert.equal(signedIn.status, 200)
    const consent = await browser.open(signedIn.body.redirect_to)
    const next = consent.url.replace('/oauth/interaction/', '/api/v1/interactions/')
    const asked = JSON.parse((await browser.request(next)).text)
    assert.deepEqual([asked.step, asked.scopes], ['consent', ['openid', 'email', 'profile']])
    const agreed = await browser.request(`${next}/consent`, {
      method: 'POST',
      headers: { 'x-csrf-token': asked.csrf_token },
    })
    const landed = await browser.open(JSON.parse(agreed.text).redirect_to)
    assert.equal((await exchange(server(), client, attempt, landed)).status, 200)
  })

  test('ask for the second factor after the password', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const { send, call } = await begin()
    assert.deepEqual((await send('second_factor', { code: app.code() })).body, { error: 'The password comes first' })
    const first = await send('sign_in', { email: account.email, password: PASSWORD })
    assert.deepEqual(first.body, { step: 'second_factor' })
    assert.equal((await call()).body.step, 'second_factor')
    assert.deepEqual(await send('second_factor', { code: app.wrong() }), {
      status: 403,
      body: { error: 'OTP code is invalid' },
    })
    assert.ok((await send('second_factor', { code: app.next() })).body.redirect_to)
  })

  test('forget the password when the second factor takes more than five minutes', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const { send, call } = await begin()
    await send('sign_in', { email: account.email, password: PASSWORD })
    server().clock.advance(5 * MINUTE + 1)
    assert.equal((await call()).body.step, 'sign_in')
    assert.equal((await send('second_factor', { code: app.next() })).status, 409)
  })

  const added = (account: Account) => anAddedPasskey(server(), account, aPasskey({ at: server().deps.config.url }))

  test('take a passkey in place of the password, and tell the application how it was', async () => {
    const { passkey } = await added(await anAccount(server()))
    const { browser, client, attempt, send } = await begin(browserOf(server()), { acr_values: 'urn:barong:acr:2fa' })
    const options = (await send('passkey_options', {})).body
    assert.deepEqual([options.allowCredentials, options.userVerification], [[], 'required'])
    assert.equal((await send('passkey', { credential: passkey.get(options, { verified: false }) })).status, 401)
    const fresh = (await send('passkey_options', {})).body
    const signedIn = await send('passkey', { credential: passkey.get(fresh) })
    assert.equal(signedIn.status, 200, JSON.stringify(signedIn.body))
    const consent = await browser.open(signedIn.body.redirect_to)
    const landed = await browser.submit(consent, '/consent', {})
    const { id_token } = (await exchange(server(), client, attempt, landed)).body
    const claims = JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url').toString())
    assert.deepEqual([claims.acr, claims.amr], ['urn:barong:acr:2fa', ['swk', 'user', 'mfa']])
  })

  test('take a passkey as second factor, of the right person, and for this sign-in alone', async () => {
    const account = await anAccount(server())
    const { passkey } = await added(account)
    const theirs = await added(await anAccount(server()))
    const { send } = await begin()
    const other = await begin()
    const elsewhere = (await other.send('passkey_options', {})).body
    assert.equal((await send('passkey', { credential: passkey.get(elsewhere) })).status, 401, 'of another interaction')
    const first = await send('sign_in', { email: account.email, password: PASSWORD })
    assert.deepEqual(first.body, { step: 'second_factor' })
    const options = async () => (await send('passkey_options', {})).body
    const wrong = await send('passkey', { credential: theirs.passkey.get(await options()) })
    assert.deepEqual(wrong, { status: 403, body: { error: 'Passkey is invalid' } })
    const signed = passkey.get(await options())
    assert.ok((await send('passkey', { credential: signed })).body.redirect_to)
    assert.equal((await send('passkey', { credential: signed })).status, 401, 'replayed')
  })

  test('tell errors as the API does', async () => {
    const account = await anAccount(server())
    const { send } = await begin()
    const wrong = await send('sign_in', { email: account.email, password: 'x' })
    assert.deepEqual(wrong, { status: 401, body: { error: 'Invalid Email or Password' } })
    assert.deepEqual((await send('sign_in', {})).body, { error: 'Email is missing, Password is missing' })
    assert.deepEqual(await send('consent', {}), { status: 409, body: { error: 'This sign-in is at another step' } })
  })

  test('lead back with access_denied where the person declines', async () => {
    const { browser, send } = await begin()
    const { body } = await send('decline', {})
    const landed = await browser.open(body.redirect_to)
    const answer = callbackOf(landed).searchParams
    assert.deepEqual(
      [answer.get('error'), answer.get('error_description')],
      ['access_denied', 'The resource owner or authorization server denied the request.'],
    )
  })

  test('refuse whoever has not read the token, comes from another site or is another browser', async () => {
    const account = await anAccount(server())
    const { browser, call, state, path } = await begin()
    const json = { email: account.email, password: PASSWORD }
    const token = { 'x-csrf-token': state.body.csrf_token }
    assert.equal((await call('/sign_in', json)).status, 403)
    assert.equal((await call('/sign_in', json, { 'x-csrf-token': 'x' })).status, 403)
    for (const site of ['cross-site', 'same-site'])
      assert.equal((await call('/sign_in', json, { ...token, 'sec-fetch-site': site })).status, 403)
    const origin = await browser.request(`${path}/sign_in`, {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json', origin: 'https://evil.example', ...token },
    })
    assert.equal(origin.status, 403)
    const other = await begin()
    const stolen = await other.browser.request(path, { headers: { accept: 'application/json' } })
    assert.equal(stolen.status, 404)
    const fresh = await fetch(path)
    assert.equal(fresh.status, 404)
    assert.equal((await call('/sign_in', json, token)).status, 200)
  })

  test('refuse the token of another interaction of the same browser', async () => {
    const browser = browserOf(server())
    const [one, two] = [await begin(browser), await begin(browser)]
    const answer = await one.call('/decline', {}, { 'x-csrf-token': two.state.body.csrf_token })
    assert.equal(answer.status, 403)
  })

  test('are over after half an hour', async () => {
    const { call } = await begin()
    server().clock.advance(30 * MINUTE)
    assert.equal((await call()).status, 404)
  })
})

onEachDatabase('The pages of a sign-in', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 3.5.1
  test('take forms that carry their token alone, and of their own site alone', async () => {
    const account = await anAccount(server())
    const browser = browserOf(server())
    const page = await browser.open(anAttempt(server(), await aClient(server())).url.href)
    const form = page.forms.find(({ action }) => action.endsWith('/sign_in'))
    assert.ok(form)
    const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      browser.request(form.action, {
        method: 'POST',
        body: new URLSearchParams({ email: account.email, password: PASSWORD, ...fields }),
        headers,
      })
    assert.equal((await send({})).status, 403)
    assert.equal((await send({ csrf_token: 'x' })).status, 403)
    const token = { csrf_token: form.fields['csrf_token'] ?? '' }
    assert.equal((await send(token, { 'sec-fetch-site': 'cross-site' })).status, 403)
    assert.equal((await send(token, { origin: 'https://evil.example' })).status, 403)
    assert.equal((await send(token)).status, 303)
  })

  test('are strict: no scripts but those of our files, no frame, no referrer, forms to us and to the application alone', async () => {
    const { headers } = await browserOf(server()).open(anAttempt(server(), await aClient(server())).url.href)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.match(policy, /form-action 'self' https:\/\/app\.example(;|$)/)
    assert.match(policy, /script-src 'self'(;|$)/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
  })
})
