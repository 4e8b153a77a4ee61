import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { MULTI_FACTOR, SINGLE_FACTOR } from '../../src/features/oauth/policy.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/lib/clock.ts'
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
  type Person,
  post,
  refresh,
  tokensOf,
  walk,
} from '../support/oauth.ts'

type Params = Record<string, string | undefined>

onEachDatabase('Signing in at an application', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const ask = (browser: Browser, client: OauthClient, params: Params = {}): Promise<Visit> =>
    browser.open(anAttempt(server(), client, params).url.href)
  const answerOf = (visit: Visit) => callbackOf(visit).searchParams
  const hasForm = (visit: Visit, action: string) => visit.forms.some((form) => form.action.endsWith(action))
  const signIn = async (browser: Browser, client: OauthClient, person: Person, params: Params = {}) => {
    const attempt = anAttempt(server(), client, params)
    const { body } = await exchange(server(), client, attempt, await walk(browser, attempt.url, person))
    return { ...body, claims: decodeJwt(body.id_token) }
  }

  test('asks for nothing where the browser is signed in and the person consented before', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    await signIn(browser, client, account)
    assert.ok(answerOf(await ask(browser, client)).has('code'))
    assert.ok(answerOf(await ask(browser, client, { prompt: 'none' })).has('code'))
  })

  // ASVS 10.7.1
  test('remembers a consent in other browsers, and asks for what it did not cover', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    await signIn(browserOf(server()), client, account)
    const browser = browserOf(server())
    const page = await ask(browser, client)
    const { email } = account
    assert.ok(answerOf(await browser.submit(page, '/sign_in', { email, password: PASSWORD })).has('code'))
    const more = await ask(browser, client, { scope: 'openid email profile phone' })
    assert.match(more.text, /see your phone number/)
    assert.doesNotMatch(more.text, /see your e-mail address/)
    assert.equal(
      answerOf(await ask(browser, client, { scope: 'openid kyc', prompt: 'none' })).get('error'),
      'consent_required',
    )
  })

  test('asks for no consent where the application skips it', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { consent_skipped_at: '2026-01-01T00:00:00.000Z' })
    const browser = browserOf(server())
    const page = await ask(browser, client)
    assert.ok(
      answerOf(await browser.submit(page, '/sign_in', { email: account.email, password: PASSWORD })).has('code'),
    )
  })

  // ASVS 7.6.2
  test('says login_required where it may not ask (prompt=none)', async () => {
    const client = await aClient(server())
    const answer = answerOf(await ask(browserOf(server()), client, { prompt: 'none' }))
    assert.equal(answer.get('error'), 'login_required')
    assert.equal(answer.get('iss'), server().origin)
    assert.ok(answer.has('state'))
  })

  test('asks again where the application wants it (prompt=login, prompt=consent)', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const first = await signIn(browser, client, account)
    server().clock.advance(5 * SECOND)
    const again = await ask(browser, client, { prompt: 'login' })
    assert.ok(hasForm(again, '/sign_in'))
    const second = await signIn(browser, client, account, { prompt: 'login' })
    assert.equal(Number(second.claims['auth_time']) - Number(first.claims['auth_time']), 5)
    assert.ok(hasForm(await ask(browser, client, { prompt: 'consent' }), '/consent'))
  })

  // ASVS 7.6.1
  test('asks again when the sign-in is older than max_age, and only then', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const first = await signIn(browser, client, account)
    server().clock.advance(30 * SECOND)
    assert.ok(answerOf(await ask(browser, client, { max_age: '60' })).has('code'))
    assert.equal(answerOf(await ask(browser, client, { max_age: '10', prompt: 'none' })).get('error'), 'login_required')
    assert.ok(hasForm(await ask(browser, client, { max_age: '10' }), '/sign_in'))
    const second = await signIn(browser, client, account, { max_age: '10' })
    assert.equal(Number(second.claims['auth_time']) - Number(first.claims['auth_time']), 30)
  })

  test('steps up to the second factor where the application wants it first', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const first = await signIn(browser, client, account)
    assert.equal(first.claims['acr'], SINGLE_FACTOR)
    const { app } = await anAuthenticator(server(), account)
    const other = browserOf(server())
    const person = { email: account.email, code: () => app.next() }
    assert.equal((await signIn(other, client, person)).claims['acr'], MULTI_FACTOR)
    assert.ok(answerOf(await ask(other, client, { acr_values: MULTI_FACTOR })).has('code'))
  })

  test('asks who has no second factor once, and goes on without: acr_values is a wish', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    await signIn(browser, client, account)
    assert.ok(hasForm(await ask(browser, client, { acr_values: MULTI_FACTOR }), '/sign_in'))
    const tokens = await signIn(browser, client, account, { acr_values: MULTI_FACTOR })
    assert.equal(tokens.claims['acr'], SINGLE_FACTOR)
  })

  test('tells the application when what it insists on cannot be had', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: MULTI_FACTOR } } })
    const { url } = anAttempt(server(), client, { claims })
    const answer = answerOf(await walk(browserOf(server()), url, account))
    assert.equal(answer.get('error'), 'unmet_authentication_requirements')
  })

  test('lets a person decline', async () => {
    const browser = browserOf(server())
    const page = await ask(browser, await aClient(server()))
    const answer = answerOf(await browser.submit(page, '/decline'))
    assert.equal(answer.get('error'), 'access_denied')
  })

  test('shows the page again with what was wrong, and what was typed', async () => {
    const account = await anAccount(server())
    const browser = browserOf(server())
    const page = await ask(browser, await aClient(server()), { login_hint: '"><script>@example.com' })
    assert.match(page.text, /&quot;&gt;&lt;script&gt;@example.com/)
    const wrong = await browser.submit(page, '/sign_in', { email: account.email, password: 'x' })
    assert.equal(wrong.status, 422)
    assert.match(wrong.text, /Invalid Email or Password/)
    assert.match(wrong.text, new RegExp(`value="${account.email}"`))
    const right = await browser.submit(wrong, '/sign_in', { email: account.email, password: PASSWORD })
    assert.ok(hasForm(right, '/consent'))
  })

  test('keeps the places of two tabs that sign in at once', async () => {
    const [account, browser] = [await anAccount(server()), browserOf(server())]
    const [one, two] = [await aClient(server()), await aClient(server())]
    const tabs = [await ask(browser, one), await ask(browser, two)]
    for (const tab of tabs) {
      const consent = await browser.submit(tab, '/sign_in', { email: account.email, password: PASSWORD })
      assert.ok(answerOf(await browser.submit(consent, '/consent')).has('code'))
    }
  })

  test('gives the browser a new session id when somebody signs in', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const id = () => browser.cookie('barong_session')
    browser.plant('barong_session', 'chosen-by-somebody-else')
    await signIn(browser, client, account)
    const first = id()
    assert.notEqual(first, 'chosen-by-somebody-else')
    await signIn(browser, client, account, { prompt: 'login' })
    assert.notEqual(id(), first)
    const stale = browserOf(server())
    stale.plant('barong_session', first ?? '')
    assert.equal(answerOf(await ask(stale, client, { prompt: 'none' })).get('error'), 'login_required')
  })

  test('switches the person where somebody else signs in', async () => {
    const [ann, bob, client, browser] = [
      await anAccount(server()),
      await anAccount(server()),
      await aClient(server()),
      browserOf(server()),
    ]
    const anns = await signIn(browser, client, ann)
    const page = await ask(browser, client, { prompt: 'login' })
    const consent = await browser.submit(page, '/sign_in', { email: bob.email, password: PASSWORD })
    const landed = await browser.submit(consent, '/consent')
    assert.ok(answerOf(landed).has('code'))
    assert.ok(answerOf(await ask(browser, client, { prompt: 'none' })).has('code'))
    const { status, body } = await refresh(server(), client, anns.refresh_token)
    assert.deepEqual([status, body.error], [400, 'invalid_grant'])
  })

  // ASVS 7.3.1, 7.3.2
  test('ends a browser’s sign-in after 12 hours without use, and 30 days after it began', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const silently = async () => answerOf(await ask(browser, client, { prompt: 'none' })).get('error')
    await signIn(browser, client, account)
    server().clock.advance(12 * HOUR - SECOND)
    assert.equal(await silently(), null)
    server().clock.advance(12 * HOUR)
    assert.equal(await silently(), 'login_required')
    await signIn(browser, client, account)
    for (let half = 0; half < 2 * 30 - 1; half += 1) {
      server().clock.advance(12 * HOUR - MINUTE)
      assert.equal(await silently(), null)
    }
    server().clock.advance(12 * HOUR)
    assert.equal(await silently(), 'login_required')
  })

  // ASVS 10.4.5
  test('rotates refresh tokens, lets two tabs race, and ends the family when an old one comes back', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const other = await tokensOf(server(), client, account)
    const first = await tokensOf(server(), client, account)
    const second = await refresh(server(), client, first.refresh_token)
    server().clock.advance(9 * SECOND)
    const racing = await refresh(server(), client, first.refresh_token)
    assert.deepEqual([second.status, racing.status], [200, 200])
    assert.equal(racing.body.refresh_token, second.body.refresh_token, 'both go on with the same one')
    assert.notEqual(racing.body.access_token, second.body.access_token)
    server().clock.advance(2 * SECOND)
    const replayed = await refresh(server(), client, first.refresh_token)
    assert.deepEqual([replayed.status, replayed.body.error], [400, 'invalid_grant'])
    for (const { body } of [second, racing]) {
      assert.equal((await refresh(server(), client, body.refresh_token)).status, 400)
      assert.equal((await server().call('GET', '/accounts/me', { token: body.access_token })).status, 401)
    }
    assert.equal((await refresh(server(), client, other.refresh_token)).status, 200)
  })

  // ASVS 10.4.5
  test('never lets a family of refresh tokens fork, so that whoever took one is found out', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { refresh_token } = await tokensOf(server(), client, account)
    const [one, same] = await Promise.all([1, 2].map(() => refresh(server(), client, refresh_token)))
    assert.equal(one?.body.refresh_token, same?.body.refresh_token)
    const person = await refresh(server(), client, one?.body.refresh_token)
    server().clock.advance(9 * SECOND)
    const thief = await refresh(server(), client, refresh_token)
    assert.equal(thief.body.refresh_token, person.body.refresh_token, 'the newest of the family')
    assert.equal((await refresh(server(), client, person.body.refresh_token)).status, 200)
    server().clock.advance(11 * SECOND)
    assert.equal((await refresh(server(), client, thief.body.refresh_token)).status, 400)
    assert.equal((await server().call('GET', '/accounts/me', { token: person.body.access_token })).status, 401)
  })

  test('uses a refresh token up only when others take its place', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { refresh_token } = await tokensOf(server(), client, account)
    const form = { grant_type: 'refresh_token', refresh_token, resource: 'https://elsewhere.example/' }
    const failed = await post(server(), '/oauth/token', client, form)
    assert.deepEqual([failed.status, failed.body.error], [400, 'invalid_target'])
    server().clock.advance(11 * SECOND)
    assert.equal((await refresh(server(), client, refresh_token)).status, 200)
  })

  test('ends browsers, codes and refresh tokens when the password changes', async () => {
    const [account, client, browser] = [await anAccount(server()), await aClient(server()), browserOf(server())]
    const tokens = await tokensOf(server(), client, account, { browser })
    const attempt = anAttempt(server(), client)
    const landed = await browser.open(attempt.url.href)
    const json = { email: account.email, password: PASSWORD, application_id: client.client_id }
    const { body: token } = await server().call('POST', '/sessions', { json })
    const change = { old_password: PASSWORD, new_password: 'another river at dusk 8X' }
    assert.equal((await server().call('PUT', '/accounts/password', { token, json: change })).status, 200)
    assert.equal((await exchange(server(), client, attempt, landed)).body.error, 'invalid_grant')
    assert.equal((await refresh(server(), client, tokens.refresh_token)).body.error, 'invalid_grant')
    assert.equal(answerOf(await ask(browser, client, { prompt: 'none' })).get('error'), 'login_required')
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200)
  })

  // ASVS 10.4.9, 10.7.3
  test('forgets a consent that was taken back', async () => {
    const account = await anAccount(server())
    const own = await aClient(server(), { consent_skipped_at: '2026-01-01T00:00:00.000Z' })
    const client = await aClient(server())
    const tokens = await tokensOf(server(), client, account)
    const json = { email: account.email, password: PASSWORD, application_id: own.client_id }
    const { body: token } = await server().call('POST', '/sessions', { json })
    const path = `/authorized_applications/${client.client_id}`
    assert.equal((await server().call('DELETE', path, { token })).status, 204)
    assert.equal((await refresh(server(), client, tokens.refresh_token)).body.error, 'invalid_grant')
    const browser = browserOf(server())
    const page = await ask(browser, client)
    assert.ok(hasForm(await browser.submit(page, '/sign_in', { email: account.email, password: PASSWORD }), '/consent'))
  })

  // ASVS 10.4.8
  test('goes on for months where the person said so (offline_access), and as long as the browser otherwise', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const scope = 'openid offline_access'
    let offline = await tokensOf(server(), client, account, { params: { scope, prompt: 'consent' } })
    let online = await tokensOf(server(), client, account)
    for (let days = 0; days < 40; days += 10) {
      server().clock.advance(10 * DAY)
      const answer = await refresh(server(), client, offline.refresh_token)
      assert.equal(answer.status, 200, `after ${days} days`)
      offline = answer.body
    }
    online = await refresh(server(), client, online.refresh_token)
    assert.equal(online.status, 400)
  })
})
