import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { iso, seconds } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { aBrowser } from '../support/browser.ts'
import { aJws, anEcKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aDpopKey, type DpopKey, proofOf } from '../support/dpop.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, post } from '../support/oauth.ts'

const INVALID = 'The DPoP proof is missing or invalid'
const UNBOUND = 'The access token is not bound to a key'

onEachDatabase('Where SESSION_REQUIRE and OAUTH_REQUIRE want bound tokens', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { SESSION_REQUIRE: 'bound_tokens', OAUTH_REQUIRE: 'bound_tokens' })

  const prove = (key: DpopKey, method: string, path: string, token?: string) => {
    const url = path.startsWith('/oauth') ? `${server().origin}${path}` : `${server().origin}/api/v1${path}`
    return proofOf(key, { method, url, now: seconds(server().clock.now()), ...(token === undefined ? {} : { token }) })
  }
  const signIn = async ({ email }: Account, key?: DpopKey) => {
    const json = { email, password: PASSWORD, application_id: (await anApplication(server())).uid }
    const headers = key ? { dpop: await prove(key, 'POST', '/sessions') } : {}
    return server().call('POST', '/sessions', { json, headers })
  }
  const told = ({ status, body }: { status: number; body: { error?: string } }) => [status, body.error]
  /** A browser of somebody who signed in at the pages. */
  const aSignedInBrowser = async ({ email }: Account) => {
    const browser = aBrowser(server().origin)
    const send = async (path: string, json: object, headers: Record<string, string> = {}) => {
      const { origin } = server()
      const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin }
      const init = { method: 'POST', body: JSON.stringify(json), headers: { ...own, ...headers } }
      const { status, text } = await browser.request(`${origin}/api/v1${path}`, init)
      return { status, body: JSON.parse(text) }
    }
    assert.equal((await send('/browser_session', { email, password: PASSWORD })).status, 200)
    return { browser, send }
  }

  // ASVS 10.3.5, 10.4.14
  test('nobody signs in without a key, and with one nobody gets a token that is good without it', async () => {
    const [account, key] = [await anAccount(server()), aDpopKey()]
    const refused = await signIn(account)
    assert.deepEqual(told(refused), [401, INVALID])
    assert.match(String(refused.headers['www-authenticate']), /^DPoP .*error="invalid_dpop_proof"/)
    const { body: token } = await signIn(account, key)
    assert.deepEqual(decodeJwt(token)['cnf'], { jkt: key.jkt })
    assert.equal((await server().call('GET', '/accounts/me', { token })).status, 401)
    const dpop = await prove(key, 'GET', '/accounts/me', token)
    const headers = { authorization: `DPoP ${token}`, dpop }
    assert.equal((await server().call('GET', '/accounts/me', { headers })).status, 200)
  })

  // ASVS 10.3.5
  test('a token of before, which is bound to none, opens nothing: not the API, nor userinfo, nor what tells of it', async () => {
    const account = await anAccount(server())
    const token = await aToken(server(), account)
    for (const [method, path] of [
      ['GET', '/accounts/me'],
      ['GET', '/admin/permissions'],
      ['POST', '/security/renew'],
      ['GET', `/accounts/me?access_token=${token}`],
    ] as const) {
      const asked = await server().call(method, path, path.includes('?') ? {} : { token })
      assert.deepEqual(told(asked), [401, UNBOUND], path)
      assert.match(String(asked.headers['www-authenticate']), /^DPoP /)
    }
    const authorization = `Bearer ${token}`
    for (const path of ['/oauth/token/info', '/oauth/userinfo'])
      assert.equal(
        (await server().call('GET', `${server().origin}${path}`, { headers: { authorization } })).status,
        401,
        path,
      )
    const application = await server()
      .deps.db.selectFrom('sessions')
      .innerJoin('applications', 'applications.id', 'sessions.application_id')
      .select('applications.uid')
      .where('sessions.jti', '=', decodeJwt(token).jti ?? '')
      .executeTakeFirstOrThrow()
    const client = await aClient(server(), { consent_skipped_at: iso(server().clock.now()) })
    assert.ok(application.uid !== client.client_id)
    assert.deepEqual((await post(server(), '/oauth/introspect', client, { token })).body, { active: false })
  })

  test('introspection tells of a bound session which key it is bound to', async () => {
    const [account, key] = [await anAccount(server()), aDpopKey()]
    const { body: token } = await signIn(account, key)
    const client = await aClient(server(), { consent_skipped_at: iso(server().clock.now()) })
    const { body } = await post(server(), '/oauth/introspect', client, { token })
    assert.deepEqual([body.active, body.token_type, body.cnf], [true, 'DPoP', { jkt: key.jkt }])
    const dpop = await prove(key, 'GET', '/oauth/token/info', token)
    const headers = { authorization: `DPoP ${token}`, dpop }
    assert.equal((await server().call('GET', `${server().origin}/oauth/token/info`, { headers })).status, 200)
  })

  // ASVS 10.4.14
  test('the pages of a browser show a key for each of their tokens, and may have one each', async () => {
    const { send } = await aSignedInBrowser(await anAccount(server()))
    assert.deepEqual(told(await send('/sessions/jwt', {})), [401, INVALID])
    for (const key of [aDpopKey(), aDpopKey()]) {
      const used = await prove(key, 'POST', '/sessions/jwt')
      const { status, body } = await send('/sessions/jwt', {}, { dpop: used })
      assert.equal(status, 200)
      assert.deepEqual(decodeJwt(body.token)['cnf'], { jkt: key.jkt })
      assert.equal((await send('/sessions/jwt', {}, { dpop: used })).body.error, 'The DPoP proof was used before')
      assert.equal((await server().call('GET', '/accounts/me', { token: body.token })).status, 401)
      const dpop = await prove(key, 'GET', '/accounts/me', body.token)
      const headers = { authorization: `DPoP ${body.token}`, dpop }
      assert.equal((await server().call('GET', '/accounts/me', { headers })).status, 200)
    }
  })

  // ASVS 10.4.14
  test('an API key is exchanged for tokens of the key that is shown alone, once for each proof', async () => {
    const [account, own, key] = [await anAccount(server()), anEcKey(), aDpopKey()]
    const now = iso(server().clock.now())
    const row = { account_id: account.id, public_key: own.public_key, scopes: 'trade', expires_in: 60, state: 'active' }
    await server()
      .deps.db.insertInto('api_keys')
      .values({ uid: `bot${account.id}`, ...row, created_at: now, updated_at: now })
      .execute()
    const bring = (jti: string, dpop?: string) => {
      const iat = seconds(server().clock.now())
      const claims = { sub: 'api_key_jwt', iss: 'external', iat, exp: iat + 60, jti }
      const json = { kid: `bot${account.id}`, jwt_token: aJws(own, { alg: 'ES256', typ: 'JWT' }, claims) }
      return server().call('POST', '/sessions/generate_jwt', {
        json,
        ...(dpop === undefined ? {} : { headers: { dpop } }),
      })
    }
    assert.deepEqual(told(await bring('one')), [401, INVALID])
    const dpop = await prove(key, 'POST', '/sessions/generate_jwt')
    const { status, body } = await bring('one', dpop)
    assert.equal(status, 200)
    assert.deepEqual(decodeJwt(body.token)['cnf'], { jkt: key.jkt })
    assert.deepEqual(told(await bring('two', dpop)), [401, 'The DPoP proof was used before'])
    const again = await prove(key, 'POST', '/sessions/generate_jwt')
    assert.equal((await bring('two', again)).status, 200, 'what was refused used up nothing')
  })

  // ASVS 10.3.5, 10.4.14
  test('a gateway is told who asks, by bound tokens alone, and gets none that are not', async () => {
    const [account, key] = [await anAccount(server()), aDpopKey()]
    const { body: token } = await signIn(account, key)
    const ask = (headers: Record<string, string>) =>
      server().call('GET', '/authorize', {
        headers: { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/trade/orders?market=btcusd', ...headers },
      })
    const proof = (method: string, path: string) =>
      proofOf(key, { method, url: `${server().origin}${path}`, token, now: seconds(server().clock.now()) })
    const authorization = `DPoP ${token}`
    for (const [what, headers] of [
      ['no proof', { authorization }],
      ['a bearer token', { authorization: `Bearer ${token}` }],
      ['a proof for the gateway’s own question', { authorization, dpop: await proof('GET', '/api/v1/authorize') }],
      ['another method', { authorization, dpop: await proof('GET', '/trade/orders') }],
      ['another path', { authorization, dpop: await proof('POST', '/trade/withdraws') }],
    ] as const)
      assert.equal((await ask(headers)).status, 401, what)
    const dpop = await proof('POST', '/trade/orders')
    const { status, headers } = await ask({ authorization, dpop })
    assert.deepEqual([status, headers['x-auth-uid'], headers['authorization']], [200, account.uid, authorization])
    assert.equal((await ask({ authorization, dpop })).status, 401)
    const { browser } = await aSignedInBrowser(account)
    const known = await ask({
      cookie: `barong_session=${browser.cookie('barong_session')}`,
      'sec-fetch-site': 'same-origin',
    })
    assert.deepEqual(
      [known.status, known.headers['x-auth-uid'], known.headers['authorization']],
      [200, account.uid, ''],
    )
  })
})
