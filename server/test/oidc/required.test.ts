import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import * as openid from 'openid-client'
import { aKeyedClient, anAssertion, postAssertion } from '../support/assertions.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { type ListeningServer, sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, CALLBACK, callbackOf, exchange, post, walk } from '../support/oauth.ts'
import { metadataOf } from './conformance/relying-party.ts'

onEachDatabase('Where OAUTH_REQUIRE says so, an application', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { OAUTH_REQUIRE: 'pushed_requests, bound_tokens' })

  // ASVS 10.4.12, 10.4.13
  test('sends people here with what it handed in before alone', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const straight = await walk(browserOf(server()), anAttempt(server(), client).url, account)
    assert.match(straight.url, /error=invalid_request&error_description=Pushed/i)
    const attempt = anAttempt(server(), client, { response_mode: 'query' })
    const pushed = await post(server(), '/oauth/par', client, Object.fromEntries(attempt.url.searchParams))
    const { request_uri } = pushed.body
    const altered = new URLSearchParams({ client_id: client.client_id, request_uri, response_mode: 'fragment' })
    const landed = await walk(browserOf(server()), `${server().origin}/oauth/authorize?${altered}`, account)
    assert.ok(callbackOf(landed).searchParams.has('code'), 'what is added on the way counts for nothing')
  })

  // ASVS 10.3.5, 10.4.14
  test('gets tokens that are bound to its key, and no others', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const attempt = anAttempt(server(), client)
    const pushed = await post(server(), '/oauth/par', client, Object.fromEntries(attempt.url.searchParams))
    const query = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.body.request_uri })
    const landed = await walk(browserOf(server()), `${server().origin}/oauth/authorize?${query}`, account)
    const plain = await exchange(server(), client, attempt, landed)
    assert.deepEqual([plain.status, plain.body.error], [400, 'invalid_grant'])
    const own = await post(server(), '/oauth/token', client, { grant_type: 'client_credentials' })
    assert.equal(own.status, 400)
  })

  // ASVS 10.3.5
  test('opens nothing with a token of before, which is bound to no key', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const token = await aSessionAt(server(), client, account)
    const me = () => server().call('GET', '/accounts/me', { token })
    assert.equal((await me()).status, 200, 'a session of the API is no token of OAuth')
    const { jti = '' } = decodeJwt(token)
    await server().deps.db.updateTable('sessions').set({ oauth_payload: '{}' }).where('jti', '=', jti).execute()
    const { status, body, headers } = await me()
    assert.deepEqual([status, body.error], [401, 'The access token is not bound to a key'])
    assert.match(String(headers['www-authenticate']), /^DPoP /)
  })

  test('that is a standard client goes on as ever', async () => {
    const [account, client] = [await anAccount(server()), await aClient(server())]
    const { client_id, client_secret } = client
    const insecure = { execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(new URL(server().origin), client_id, client_secret, undefined, insecure)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid profile',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const tokens = await openid.authorizationCodeGrant(config, landed, { pkceCodeVerifier }, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    assert.equal((await server().call('GET', '/accounts/me', { token: tokens.access_token })).status, 401)
    const me = await openid.fetchProtectedResource(
      config,
      tokens.access_token,
      new URL('/api/v1/accounts/me', server().origin),
      'GET',
      null,
      new Headers(),
      { DPoP },
    )
    assert.equal(me.status, 200)
  })
})

onEachDatabase('Where OAUTH_REQUIRE wants keys of clients', (newDatabase) => {
  const server = sharedListeningServer(newDatabase, { OAUTH_REQUIRE: 'client_keys' })
  const own = { grant_type: 'client_credentials' }

  // ASVS 10.4.10, 10.4.16
  test('an application with a secret, or without one, is nobody', async () => {
    const [client, page] = [await aClient(server()), await aClient(server(), { auth_method: 'none' })]
    for (const [path, form] of [
      ['/oauth/token', own],
      ['/oauth/introspect', { token: 'x' }],
      ['/oauth/revoke', { token: 'x' }],
      ['/oauth/par', Object.fromEntries(anAttempt(server(), client).url.searchParams)],
      ['/oauth/device_authorization', {}],
    ] as const) {
      const { status, body } = await post(server(), path, client, { ...form })
      assert.deepEqual([status, body.error], [401, 'invalid_client'], path)
      assert.equal((await post(server(), path, undefined, { ...form, client_id: page.client_id })).status, 401, path)
    }
    // A token whose introspection the engine is not asked about.
    const token = await aSessionAt(server(), client, await anAccount(server()))
    assert.equal((await post(server(), '/oauth/introspect', client, { token })).status, 401)
    for (const one of [client, page])
      assert.equal((await browserOf(server()).open(String(anAttempt(server(), one).url))).status, 400)
  })

  // ASVS 10.4.16
  test('an application with keys goes on as ever', async () => {
    const client = await aKeyedClient(server())
    assert.equal((await postAssertion(server(), '/oauth/token', anAssertion(server(), client), own)).status, 200)
    const metadata = await metadataOf(server())
    assert.deepEqual(metadata['token_endpoint_auth_methods_supported'], ['private_key_jwt'])
  })
})

/** The token of a session that was begun at the API, not by OAuth. */
async function aSessionAt(server: ListeningServer, { client_id }: { client_id: string }, { email }: { email: string }) {
  const json = { email, password: PASSWORD, application_id: client_id }
  return String((await server.call('POST', '/sessions', { json })).body)
}
