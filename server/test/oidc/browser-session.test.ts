import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../src/lib/clock.ts'
import { parseJws } from '../../src/platform/crypto/jws.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { aBrowser, type Browser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, aToken, PASSWORD } from '../support/factories.ts'
import { aHold } from '../support/holds.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, callbackOf, refresh, tokensOf, walk } from '../support/oauth.ts'
import { anAddedPasskey, aPasskey } from '../support/passkeys.ts'

onEachDatabase('The sign-in of a browser, for pages of this server', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  async function send(browser: Browser, method: string, path: string, json: object = {}, headers: object = {}) {
    const { origin } = server()
    const { status, text } = await browser.request(`${origin}/api/v1${path}`, {
      method,
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin, ...headers },
    })
    return { status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const newBrowser = () => aBrowser(server().origin)
  const token = async (browser: Browser): Promise<string> => (await send(browser, 'POST', '/sessions/jwt')).body.token
  const me = (bearer: string) => server().call('GET', '/accounts/me', { token: bearer })

  // ASVS 10.1.1, 14.3.1
  test('takes e-mail and password, gives tokens, is listed once, and ends with its tokens', async () => {
    const account = await anAccount(server())
    const browser = newBrowser()
    assert.equal((await send(browser, 'POST', '/sessions/jwt')).status, 401)
    const answer = await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    assert.deepEqual(answer, { status: 200, body: { step: 'signed_in' } })
    const [one, two] = [await token(browser), await token(browser)]
    assert.equal((await me(one)).body.email, account.email)
    const { body } = await server().call('GET', '/sessions', { token: two })
    assert.equal(body.length, 1)
    assert.deepEqual([body[0].current, body[0].application, body[0].scopes], [true, null, null])
    const cookie = `barong_session=${browser.cookie('barong_session')}`
    const left = await server().call('DELETE', '/browser_session', { headers: { cookie, 'x-requested-with': 'fetch' } })
    assert.deepEqual([left.status, left.headers['clear-site-data']], [204, '"cache", "storage"'])
    assert.deepEqual([(await me(one)).status, (await me(two)).status], [401, 401])
    assert.equal((await send(browser, 'POST', '/sessions/jwt')).status, 401)
  })

  test('gives tokens that are over after ten minutes, while the sign-in goes on', async () => {
    const account = await anAccount(server())
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const first = await token(browser)
    server().clock.advance(10 * MINUTE)
    assert.equal((await me(first)).status, 401)
    assert.equal((await me(await token(browser))).status, 200)
    const renewal = await server().call('POST', '/security/renew', { token: await token(browser) })
    assert.equal(renewal.status, 403)
  })

  test('gives tokens that tell what is on hold', async () => {
    const account = await anAccount(server())
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    assert.equal(parseJws(await token(browser))?.payload['holds'], undefined)
    const holds = await aHold(server(), account)
    assert.deepEqual(parseJws(await token(browser))?.payload['holds'], holds)
  })

  test('asks for the second factor only after the right password', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const browser = newBrowser()
    assert.equal((await send(browser, 'POST', '/browser_session/second_factor', { code: app.next() })).status, 409)
    const wrong = await send(browser, 'POST', '/browser_session', { email: account.email, password: 'x' })
    assert.deepEqual(wrong, { status: 401, body: { error: 'Invalid Email or Password' } })
    const first = await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    assert.deepEqual(first.body, { step: 'second_factor' })
    assert.equal((await send(browser, 'POST', '/sessions/jwt')).status, 401)
    assert.equal((await send(browser, 'POST', '/browser_session/second_factor', { code: app.wrong() })).status, 403)
    const done = await send(browser, 'POST', '/browser_session/second_factor', { code: app.next() })
    assert.deepEqual(done, { status: 200, body: { step: 'signed_in' } })
    assert.equal((await me(await token(browser))).status, 200)
  })

  const added = (account: Account) => anAddedPasskey(server(), account, aPasskey({ at: server().origin }))
  const options = async (browser: Browser) => (await send(browser, 'POST', '/browser_session/passkey_options')).body
  const signs = (browser: Browser, credential: object) =>
    send(browser, 'POST', '/browser_session/passkey', { credential })

  test('takes a passkey in place of the password, if it checked who holds it, and once', async () => {
    const account = await anAccount(server())
    const { passkey } = await added(account)
    const browser = newBrowser()
    const asked = await options(browser)
    assert.deepEqual([asked.allowCredentials, asked.userVerification], [[], 'required'])
    assert.equal((await signs(browser, passkey.get(asked, { verified: false }))).status, 401)
    const signed = passkey.get(await options(browser))
    assert.deepEqual(await signs(browser, signed), { status: 200, body: { step: 'signed_in' } })
    assert.equal((await me(await token(browser))).body.email, account.email)
    assert.equal((await signs(newBrowser(), signed)).status, 401, 'replayed')
  })

  test('takes a passkey as second factor after the password, of the same person', async () => {
    const account = await anAccount(server())
    const { passkey } = await added(account)
    const theirs = await added(await anAccount(server()))
    const browser = newBrowser()
    const json = { email: account.email, password: PASSWORD }
    assert.deepEqual((await send(browser, 'POST', '/browser_session', json)).body, { step: 'second_factor' })
    const asked = await options(browser)
    assert.deepEqual(
      asked.allowCredentials.map(({ id }: { id: string }) => id),
      [passkey.id],
    )
    const wrong = await signs(browser, theirs.passkey.get(asked))
    assert.deepEqual(wrong, { status: 403, body: { error: 'Passkey is invalid' } })
    assert.equal((await send(browser, 'POST', '/sessions/jwt')).status, 401)
    assert.equal((await signs(browser, passkey.get(await options(browser), { verified: false }))).status, 200)
    assert.equal((await me(await token(browser))).body.email, account.email)
  })

  test('takes no signature that was made for another place', async () => {
    const account = await anAccount(server())
    const { passkey } = await added(account)
    const elsewhere = await server().call('POST', '/sessions/passkey/options', {})
    assert.equal((await signs(newBrowser(), passkey.get(elsewhere.body))).status, 401)
    const here = passkey.get(await options(newBrowser()))
    const { client_id: application_id } = await aClient(server())
    const json = { credential: here, application_id }
    assert.equal((await server().call('POST', '/sessions/passkey', { json })).status, 401)
  })

  test('is the sign-in that applications see, and one at an application gives tokens to pages', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { consent_skipped_at: '2020-01-01T00:00:00.000Z' })
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const landed = await browser.open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    assert.ok(callbackOf(landed).searchParams.get('code'))
    const other = newBrowser()
    await walk(other, anAttempt(server(), client).url, account)
    assert.equal((await me(await token(other))).status, 200)
  })

  test('ends from another browser, for its pages and for applications', async () => {
    const account = await anAccount(server())
    const [mine, theirs] = [newBrowser(), newBrowser()]
    for (const browser of [mine, theirs])
      await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const [bearer, lost] = [await token(mine), await token(theirs)]
    const { body } = await server().call('GET', '/sessions', { token: bearer })
    const { id } = body.find(({ current }: { current: boolean }) => !current)
    assert.equal((await server().call('DELETE', `/sessions/${id}`, { token: bearer })).status, 204)
    assert.equal((await me(lost)).status, 401)
    assert.equal((await send(theirs, 'POST', '/sessions/jwt')).status, 401)
    const client = await aClient(server())
    const refused = await theirs.open(anAttempt(server(), client, { prompt: 'none' }).url.href)
    assert.equal(callbackOf(refused).searchParams.get('error'), 'login_required')
    assert.equal((await me(await token(mine))).status, 200)
  })

  /** Signs a browser in at a page of this server, and has two applications let in by it: one for good, one as long as it lasts. */
  async function connected() {
    const account = await anAccount(server())
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const [shop, program] = [await aClient(server()), await aClient(server())]
    const brief = await tokensOf(server(), shop, account, { browser })
    const params = { scope: 'openid profile offline_access', prompt: 'consent' }
    const lasting = await tokensOf(server(), program, account, { browser, params })
    const page = await token(browser)
    const states = async () => ({
      page: (await me(page)).status,
      brief: (await me(brief.access_token)).status,
      refreshed: (await refresh(server(), shop, brief.refresh_token)).status,
      lasting: (await me(lasting.access_token)).status,
      'lasting, refreshed': (await refresh(server(), program, lasting.refresh_token)).status,
      'signed in': (await send(browser, 'POST', '/sessions/jwt')).status,
    })
    return { account, browser, shop, states }
  }
  const ENDED = { page: 401, brief: 401, refreshed: 400, lasting: 200, 'lasting, refreshed': 200, 'signed in': 401 }
  const listed = async (account: Account): Promise<string[]> => {
    const { body } = await server().call('GET', '/sessions', { token: await aToken(server(), account) })
    return body.filter(({ current }: { current: boolean }) => !current)
  }

  test('ends, at its pages, with what hangs on it, save where an application may stay connected', async () => {
    const { account, browser, shop, states } = await connected()
    const former = browser.cookie('barong_session') ?? ''
    const left = await send(browser, 'DELETE', '/browser_session')
    assert.equal(left.status, 204)
    const { db } = server().deps
    const kept = db.selectFrom('oauth_records').select('kind').where('application_uid', '=', shop.client_id)
    assert.deepEqual(await kept.execute(), [{ kind: 'Consent' }])
    assert.deepEqual(await states(), ENDED)
    assert.equal((await listed(account)).length, 1)
    browser.plant('barong_session', former)
    const { forms } = await browser.open(anAttempt(server(), shop).url.href)
    assert.ok(
      forms.some(({ action }) => action.endsWith('/sign_in')),
      'nobody is signed in by the cookie of before',
    )
  })

  test('ends alike where an application signs the person out, for the pages of this server, too', async () => {
    const { account, browser, states } = await connected()
    const asked = await browser.open(`${server().origin}/oauth/sign_out`)
    await browser.submit(asked, '/sign_out/confirm', { logout: 'yes' })
    assert.deepEqual(await states(), ENDED)
    assert.equal((await listed(account)).length, 1)
  })

  test('ends alike where somebody else signs in', async () => {
    const { account, browser, states } = await connected()
    const other = await anAccount(server())
    await send(browser, 'POST', '/browser_session', { email: other.email, password: PASSWORD })
    assert.deepEqual(await states(), { ...ENDED, 'signed in': 200 })
    assert.equal((await listed(account)).length, 1)
  })

  test('is begun once by a password that waited for its second factor', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const pending = browser.cookie('barong_pending') ?? ''
    assert.equal((await send(browser, 'POST', '/browser_session/second_factor', { code: app.next() })).status, 200)
    const thief = newBrowser()
    thief.plant('barong_pending', pending)
    assert.equal((await send(thief, 'POST', '/browser_session/second_factor', { code: app.next() })).status, 409)
  })

  // ASVS 7.2.4
  test('gets another id when somebody signs in, and forgets who was signed in before', async () => {
    const [one, two] = [await anAccount(server()), await anAccount(server())]
    const browser = newBrowser()
    browser.plant('barong_session', 'planted')
    await send(browser, 'POST', '/browser_session', { email: one.email, password: PASSWORD })
    const before = browser.cookie('barong_session')
    assert.notEqual(before, 'planted')
    const bearer = await token(browser)
    await send(browser, 'POST', '/browser_session', { email: two.email, password: PASSWORD })
    assert.notEqual(browser.cookie('barong_session'), before)
    assert.equal((await me(bearer)).status, 401)
    assert.equal((await me(await token(browser))).body.email, two.email)
    const former = browser.cookie('barong_session')
    await send(browser, 'POST', '/browser_session', { email: two.email, password: PASSWORD })
    const headers = { cookie: `barong_session=${former}`, 'x-requested-with': 'fetch' }
    assert.equal((await server().call('POST', '/sessions/jwt', { headers })).status, 401, 'nor by the id of before')
    assert.equal((await me(await token(browser))).status, 200)
  })

  // ASVS 3.5.2
  test('is for scripts of this server’s own pages alone', async () => {
    const account = await anAccount(server())
    const browser = newBrowser()
    const json = { email: account.email, password: PASSWORD }
    await send(browser, 'POST', '/browser_session', json)
    for (const [method, path] of [
      ['POST', '/browser_session'],
      ['POST', '/sessions/jwt'],
      ['DELETE', '/browser_session'],
      ['POST', '/browser_session/passkey_options'],
      ['POST', '/browser_session/passkey'],
    ] as const) {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'content-type': 'application/x-www-form-urlencoded' },
        { 'content-type': 'text/plain' },
      ])
        assert.equal((await send(browser, method, path, json, headers)).status, 403, `${method} ${path}`)
    }
    const origin = { origin: 'https://evil.example', 'content-type': 'application/json' }
    const foreign = await browser.request(`${server().origin}/api/v1/sessions/jwt`, { method: 'POST', headers: origin })
    assert.equal(foreign.status, 403)
    assert.equal(foreign.headers.get('access-control-allow-origin'), null)
    assert.equal((await me(await token(browser))).status, 200)
  })

  // ASVS 7.4.2
  test('ends with the account', async () => {
    const account = await anAccount(server())
    const browser = newBrowser()
    await send(browser, 'POST', '/browser_session', { email: account.email, password: PASSWORD })
    const bearer = await token(browser)
    const { db } = server().deps
    await db.updateTable('accounts').set({ state: 'banned' }).where('id', '=', account.id).execute()
    assert.equal((await send(browser, 'POST', '/sessions/jwt')).status, 401)
    assert.equal((await me(bearer)).status, 401)
  })
})
