import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { HOUR, MINUTE, seconds } from '../../src/lib/clock.ts'
import { parseJws } from '../../src/platform/crypto/jws.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { targetOf } from '../../src/platform/events/revocations.ts'
import { aBrowser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aDpopKey, proofOf } from '../support/dpop.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'

onEachDatabase('Where SESSION_REQUIRE wants new tokens', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { SESSION_REQUIRE: 'new_tokens' })

  const me = async (token: string) => (await server().call('GET', '/accounts/me', { token })).status
  const confirm = (token: string, json: object = { password: PASSWORD }) =>
    server().call('POST', '/security/confirm', { token, json })
  const feedHas = async (token: string) => {
    const { payload } = parseJws((await server().app.inject('/oauth/revocations')).body) ?? {}
    return JSON.stringify(payload?.['tokens']).includes(targetOf(String(decodeJwt(token).jti)))
  }

  // ASVS 7.2.4
  test('confirming the password gives another token, and ends the one that asked, here and at services', async () => {
    const account = await anAccount(server())
    const token = await aToken(server(), account)
    server().clock.advance(HOUR)
    const { status, body } = await confirm(token)
    assert.equal(status, 201)
    assert.deepEqual([await me(token), await me(body.token)], [401, 200])
    assert.equal(await feedHas(token), true)
    const [before, after] = [decodeJwt(token), decodeJwt(body.token)]
    assert.notEqual(after.jti, before.jti)
    assert.deepEqual([after.exp, after.aud], [before.exp, before.aud], 'no longer than it was')
    const { body: list } = await server().call('GET', '/sessions', { token: body.token })
    assert.equal(list.length, 1, 'it is the same session')
    const change = { email: `new-${account.email}` }
    const asked = await server().call('POST', '/accounts/email', { token: body.token, json: change })
    assert.ok(asked.status < 300, JSON.stringify(asked.body))
    assert.equal((await confirm(token)).status, 401)
  })

  test('a wrong password gives none, and ends none', async () => {
    const token = await aToken(server(), await anAccount(server()))
    const { status, body } = await confirm(token, { password: 'wrong' })
    assert.deepEqual([status, 'token' in body], [401, false])
    assert.equal(await me(token), 200)
  })

  test('of many who confirm by one token at once, one gets another', async () => {
    const token = await aToken(server(), await anAccount(server()))
    const answers = await Promise.all([1, 2, 3, 4].map(() => confirm(token)))
    const tokens = answers.flatMap(({ body }) => body.token ?? [])
    assert.deepEqual([tokens.length, await me(tokens[0]), await me(token)], [1, 200, 401])
  })

  // ASVS 7.2.4
  test('the token that is given is bound to the same key', async () => {
    const [{ email }, key] = [await anAccount(server()), aDpopKey()]
    const prove = (method: string, path: string, token?: string) => {
      const line = { method, url: `${server().origin}/api/v1${path}`, now: seconds(server().clock.now()) }
      return proofOf(key, { ...line, ...(token === undefined ? {} : { token }) })
    }
    const json = { email, password: PASSWORD, application_id: (await anApplication(server())).uid }
    const headers = { dpop: await prove('POST', '/sessions') }
    const { body: token } = await server().call('POST', '/sessions', { json, headers })
    const authorization = `DPoP ${token}`
    const dpop = await prove('POST', '/security/confirm', token)
    const { body } = await server().call('POST', '/security/confirm', {
      json: { password: PASSWORD },
      headers: { authorization, dpop },
    })
    assert.deepEqual(decodeJwt(body.token)['cnf'], { jkt: key.jkt })
  })

  // ASVS 7.2.4
  test('who signs in anew with the token of before ends it, and nobody else does', async () => {
    const account = await anAccount(server())
    const [token, other] = [await aToken(server(), account), await aToken(server(), account)]
    const application_id = (await anApplication(server())).uid
    const signIn = (password: string) =>
      server().call('POST', '/sessions', { token, json: { email: account.email, password, application_id } })
    assert.equal((await signIn('wrong')).status, 401)
    assert.equal(await me(token), 200)
    assert.equal((await signIn(PASSWORD)).status, 201)
    assert.deepEqual([await me(token), await me(other)], [401, 200])
    const unknown = { authorization: 'Bearer x' }
    const json = { email: account.email, password: PASSWORD, application_id }
    assert.equal((await server().call('POST', '/sessions', { headers: unknown, json })).status, 201)
  })

  /** A browser in which somebody signed in at the pages. */
  const aSignedInBrowser = async ({ email }: Account) => {
    const { origin } = server()
    const browser = aBrowser(origin)
    const send = async (path: string, json: object = {}, headers: Record<string, string> = {}) => {
      const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin }
      const init = { method: 'POST', body: JSON.stringify(json), headers: { ...own, ...headers } }
      const { status, text } = await browser.request(`${origin}/api/v1${path}`, init)
      return { status, body: JSON.parse(text) }
    }
    const signIn = () => send('/browser_session', { email, password: PASSWORD })
    assert.equal((await signIn()).status, 200)
    const token = async (): Promise<string> => (await send('/sessions/jwt')).body.token
    return { browser, send, signIn, token }
  }

  // ASVS 7.2.4
  test('a browser that confirms gets another cookie, and its former one and its tokens of before open nothing', async () => {
    const { browser, send, token } = await aSignedInBrowser(await anAccount(server()))
    const former = String(browser.cookie('barong_session'))
    const before = await token()
    server().clock.advance(MINUTE)
    const confirmed = await send('/security/confirm', { password: PASSWORD }, { authorization: `Bearer ${before}` })
    assert.deepEqual([confirmed.status, 'token' in confirmed.body], [201, false])
    assert.notEqual(browser.cookie('barong_session'), former)
    assert.equal(await me(before), 401)
    assert.equal(await feedHas(before), true)
    const after = await token()
    assert.equal(await me(after), 200)
    const headers = { cookie: `barong_session=${former}`, 'x-requested-with': 'fetch' }
    assert.equal((await server().call('POST', '/sessions/jwt', { headers })).status, 401)
    const { body } = await server().call('GET', '/sessions', { token: after })
    assert.equal(body.length, 1)
  })

  test('a script that has a page’s token and not its cookie confirms nothing', async () => {
    const { browser, token } = await aSignedInBrowser(await anAccount(server()))
    const former = browser.cookie('barong_session')
    const stolen = await token()
    const { status, body, headers } = await confirm(stolen)
    assert.deepEqual(
      [status, body.error, headers['set-cookie']],
      [401, 'Nobody is signed in in this browser', undefined],
    )
    assert.equal(browser.cookie('barong_session'), former)
    assert.equal(await me(stolen), 200)
  })

  // ASVS 7.2.4
  test('a browser in which the same person signs in again has other tokens, too', async () => {
    const { signIn, token } = await aSignedInBrowser(await anAccount(server()))
    const before = await token()
    assert.equal((await signIn()).status, 200)
    assert.equal(await me(before), 401)
    assert.equal(await me(await token()), 200)
  })
})

onEachDatabase('Where it does not', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  test('a token goes on after the password was confirmed, as in 1.8', async () => {
    const token = await aToken(server(), await anAccount(server()))
    const { status, body } = await server().call('POST', '/security/confirm', { token, json: { password: PASSWORD } })
    assert.deepEqual([status, Object.keys(body)], [201, ['fresh_until']])
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 200)
  })
})
