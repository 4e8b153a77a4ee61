import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, CALLBACK, callbackOf, exchange, post, walk } from '../support/oauth.ts'

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
