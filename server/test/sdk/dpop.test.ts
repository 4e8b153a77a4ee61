import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import {
  apiKey,
  cookies,
  createBarong,
  createDpopKeyPair,
  createKeyPair,
  memoryStore,
  oauth,
  tokenFetch,
} from '../../../sdk/src/index.ts'
import { HOUR, iso, MINUTE } from '../../src/lib/clock.ts'
import { aBrowser } from '../support/browser.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, browserOf, CALLBACK, callbackOf, walk } from '../support/oauth.ts'
import { aClientOf } from './clients.ts'

/** Requests as they were sent. */
function overheard(fetch: typeof globalThis.fetch = globalThis.fetch) {
  const sent: { path: string; scheme: string | undefined; proof: string | null }[] = []
  const overhearing: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    const [scheme] = request.headers.get('authorization')?.split(' ') ?? []
    sent.push({ path: new URL(request.url).pathname, scheme, proof: request.headers.get('dpop') })
    return fetch(input, init)
  }
  return { sent, fetch: overhearing }
}

onEachDatabase('A client of the SDK whose tokens are bound to its key', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, {
    SESSION_REQUIRE: 'bound_tokens, new_tokens',
    OAUTH_REQUIRE: 'bound_tokens, pushed_requests',
  })

  test('signs somebody in, proves each request anew, renews, and ends the session', async () => {
    const account = await anAccount(server())
    const { sent, fetch } = overheard()
    const store = memoryStore()
    const keys = await createDpopKeyPair()
    assert.equal(keys.privateKey.extractable, false)
    const barong = await aClientOf(server(), { dpop: keys, store, now: server().clock.now, fetch })
    await barong.auth.signIn({ email: account.email, password: PASSWORD }).orThrow()
    assert.equal((await barong.account.me().orThrow()).uid, account.uid)
    await barong.account.me().orThrow()
    const first = store.get()?.token
    server().clock.advance(3 * HOUR)
    await barong.account.me().orThrow()
    await barong.account.me().orThrow()
    const { fresh_until } = await barong.security.confirm({ password: PASSWORD }).orThrow()
    assert.ok(Date.parse(fresh_until) > server().clock.now())
    assert.notEqual(store.get()?.token, first)
    await barong.account.me().orThrow()
    const { token = '' } = store.get() ?? {}
    await barong.auth.signOut().orThrow()
    assert.equal(
      (await server().call('GET', '/accounts/me', { headers: { authorization: `DPoP ${token}` } })).status,
      401,
    )
    const proofs = sent.flatMap(({ proof }) => proof ?? [])
    assert.equal(proofs.length, sent.length)
    assert.equal(new Set(proofs.map((proof) => decodeJwt(proof).jti)).size, sent.length, 'no proof is sent twice')
    assert.ok(sent.every(({ path, scheme }) => scheme === (path === '/api/v1/sessions' ? undefined : 'DPoP')))
    const { jwk, typ, alg } = decodeProtectedHeader(proofs[0] ?? '')
    assert.deepEqual([typ, alg, Object.keys(jwk ?? {}).sort()], ['dpop+jwt', 'ES256', ['crv', 'kty', 'x', 'y']])
  })

  test('is told that a key is wanted, where it was given none', async () => {
    const { email } = await anAccount(server())
    const barong = await aClientOf(server())
    const { error } = await barong.auth.signIn({ email, password: PASSWORD })
    assert.deepEqual([error?.kind, error?.message], ['unauthenticated', 'The DPoP proof is missing or invalid'])
  })

  test('learns the time from the server, where its own clock is wrong', async () => {
    const { email } = await anAccount(server())
    for (const wrong of [-7 * MINUTE, 9 * MINUTE]) {
      const now = () => server().clock.now() + wrong
      const { sent, fetch } = overheard(async (input, init) => {
        const answer = await globalThis.fetch(input, init)
        const headers = new Headers(answer.headers)
        // That of the machine; here time stands still.
        headers.set('date', new Date(server().clock.now()).toUTCString())
        return new Response(answer.body, { status: answer.status, headers })
      })
      const barong = await aClientOf(server(), { dpop: await createDpopKeyPair(), now, fetch })
      await barong.auth.signIn({ email, password: PASSWORD }).orThrow()
      await barong.account.me().orThrow()
      assert.equal(sent.length, 3, 'one was refused')
    }
  })

  test('sends people to sign in with a request that it pushed, and gets bound tokens for the code', async () => {
    const account = await anAccount(server())
    const { client_id } = await aClient(server(), { auth_method: 'none' })
    const store = memoryStore()
    const options = { client_id, redirect_uri: CALLBACK, scope: 'openid profile', store, now: server().clock.now }
    const barong = createBarong({
      url: server().origin,
      auth: oauth({ ...options, par: true, dpop: await createDpopKeyPair() }),
    })
    const { url, pending } = await barong.auth.begin({ prompt: 'login' })
    assert.deepEqual([...new URL(url).searchParams.keys()], ['client_id', 'request_uri'])
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const thief = createBarong({
      url: server().origin,
      auth: oauth({ ...options, store: memoryStore(), dpop: await createDpopKeyPair() }),
    })
    assert.ok((await thief.auth.finish(landed.href, pending)).error, 'a code is bound to the key that was told of')
    const again = await barong.auth.begin()
    const back = callbackOf(await walk(browserOf(server()), again.url, account))
    await barong.auth.finish(back.href, again.pending).orThrow()
    assert.equal((await barong.account.me().orThrow()).uid, account.uid)
    server().clock.advance(5 * HOUR)
    await barong.account.me().orThrow()
    assert.ok(decodeJwt(store.get()?.token ?? '')['cnf'])
    await barong.auth.signOut().orThrow()
    const wrong = createBarong({ url: server().origin, auth: oauth({ ...options, client_id: 'nobody', par: true }) })
    await assert.rejects(wrong.auth.begin(), { code: 'invalid_client' })
  })

  test('that is a page of the server makes a key by itself, and goes on after confirming', async () => {
    const { email } = await anAccount(server())
    const browser = aBrowser(server().origin)
    const { sent, fetch } = overheard(async (input, init) => {
      const { method = 'GET', body } = init ?? {}
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), 'sec-fetch-site': 'same-origin' }
      const { status, text } = await browser.request(String(input), {
        method,
        headers,
        body: String(body ?? '') || null,
      })
      return new Response(text === '' ? null : text, { status, headers: { 'content-type': 'application/json' } })
    })
    const barong = createBarong({ url: server().origin, fetch, auth: cookies({ now: server().clock.now }) })
    await barong.auth.signIn({ email, password: PASSWORD }).orThrow()
    assert.equal((await barong.account.me().orThrow()).email, email)
    const before = browser.cookie('barong_session')
    await barong.security.confirm({ password: PASSWORD }).orThrow()
    assert.notEqual(browser.cookie('barong_session'), before)
    assert.equal((await barong.account.me().orThrow()).email, email)
    assert.ok(sent.some(({ path, scheme }) => path === '/api/v1/accounts/me' && scheme === 'DPoP'))
    await barong.auth.signOut().orThrow()
  })

  test('that is a program trades its API key for bound tokens, and shows them to services with proofs', async () => {
    const account = await anAccount(server())
    const { publicKey, privateKey } = await createKeyPair()
    const now = iso(server().clock.now())
    const row = { account_id: account.id, public_key: publicKey, scopes: 'trade', expires_in: 60, state: 'active' }
    const kid = `program${account.id}`
    await server()
      .deps.db.insertInto('api_keys')
      .values({ uid: kid, ...row, created_at: now, updated_at: now })
      .execute()
    const auth = apiKey({ kid, privateKey, dpop: await createDpopKeyPair(), now: server().clock.now })
    const barong = createBarong({ url: server().origin, auth })
    const asked: Request[] = []
    const trade = tokenFetch(barong.auth, ['https://trade.example'], async (input, init) => {
      const request = new Request(input, init)
      asked.push(request)
      const nonced = decodeJwt(request.headers.get('dpop') ?? '')['nonce'] === 'n1'
      const challenge = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'n1' }
      return nonced ? new Response(await request.text()) : new Response(null, { status: 401, headers: challenge })
    })
    const answer = await trade('https://trade.example/orders?market=btcusd#x', { method: 'POST', body: 'buy' })
    assert.deepEqual([answer.status, await answer.text(), asked.length], [200, 'buy', 2])
    const { htm, htu, ath } = decodeJwt(asked[1]?.headers.get('dpop') ?? '')
    assert.deepEqual([htm, htu, String(ath).length], ['POST', 'https://trade.example/orders', 43])
    assert.match(asked[1]?.headers.get('authorization') ?? '', /^DPoP /)
    await assert.rejects(trade('https://evil.example/'), TypeError)
  })
})
