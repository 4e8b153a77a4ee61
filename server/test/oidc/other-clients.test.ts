import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { Strategy } from 'passport-oauth2'
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import { aClient, anAttempt, browserOf, CALLBACK, callbackOf, post, walk } from '../support/oauth.ts'
import { sharedStartedServer } from '../support/started.ts'

const WAIVED = { pkce_waived_at: '2026-01-01T00:00:00.000Z' }
const insecure = { [oauth.allowInsecureRequests]: true }

onEachDatabase('Clients nobody here wrote, at the started process', (newDatabase) => {
  const server = sharedStartedServer(newDatabase)

  test('oauth4webapi walks code, userinfo, refresh, introspection and revocation as a public client', async () => {
    const account = await anAccount(server())
    const registered = await aClient(server(), { auth_method: 'none' })
    const issuer = new URL(server().origin)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
    const client: oauth.Client = { client_id: registered.client_id }
    const attempt = anAttempt(server(), registered)
    const landed = callbackOf(await walk(browserOf(server()), attempt.url, account))
    const params = oauth.validateAuthResponse(as, client, landed, attempt.state)
    const none = oauth.None()
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, none, params, CALLBACK, attempt.code_verifier, insecure),
      { expectedNonce: attempt.nonce, requireIdToken: true },
    )
    const me = await oauth.processUserInfoResponse(
      as,
      client,
      account.uid,
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure),
    )
    assert.equal(me.email, account.email)
    const refreshed = await oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, none, tokens.refresh_token ?? '', insecure),
    )
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, none, refreshed.access_token, insecure),
      )
    assert.equal((await introspect()).active, true)
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, none, refreshed.access_token, insecure),
    )
    assert.equal((await introspect()).active, false)
  })

  test('oauth4webapi gets tokens of its own, and signs a device in that shows a code', async () => {
    const account = await anAccount(server())
    const registered = await aClient(server())
    const issuer = new URL(server().origin)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
    const client: oauth.Client = { client_id: registered.client_id }
    const secret = oauth.ClientSecretBasic(registered.client_secret)
    const scope = new URLSearchParams({ scope: 'peatio' })
    const own = await oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, secret, scope, insecure),
    )
    assert.equal(own.scope, 'peatio')
    const device = await oauth.processDeviceAuthorizationResponse(
      as,
      client,
      await oauth.deviceAuthorizationRequest(
        as,
        client,
        secret,
        new URLSearchParams({ scope: 'openid email' }),
        insecure,
      ),
    )
    const browser = browserOf(server())
    const asked = await browser.open(device.verification_uri_complete ?? '')
    const page = await browser.submit(asked, '/oauth/device', { confirm: 'yes' })
    const consent = await browser.submit(page, '/sign_in', { email: account.email, password: PASSWORD })
    assert.match((await browser.submit(consent, '/consent')).text, /Connected/)
    const tokens = await oauth.processDeviceCodeResponse(
      as,
      client,
      await oauth.deviceCodeGrantRequest(as, client, secret, device.device_code, insecure),
    )
    const me = await oauth.userInfoRequest(as, client, tokens.access_token, insecure)
    assert.equal((await oauth.processUserInfoResponse(as, client, account.uid, me)).email, account.email)
  })

  test('oauth4webapi pushes its request and binds its tokens to a key', async () => {
    const account = await anAccount(server())
    const registered = await aClient(server())
    const issuer = new URL(server().origin)
    const as = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' }),
    )
    const client: oauth.Client = { client_id: registered.client_id }
    const secret = oauth.ClientSecretPost(registered.client_secret)
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const attempt = anAttempt(server(), registered)
    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, secret, attempt.url.searchParams, { ...insecure, DPoP }),
    )
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri }).toString()
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const params = oauth.validateAuthResponse(as, client, landed, attempt.state)
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(as, client, secret, params, CALLBACK, attempt.code_verifier, {
        ...insecure,
        DPoP,
      }),
      { expectedNonce: attempt.nonce },
    )
    assert.equal(tokens.token_type, 'dpop')
    const me = await oauth.userInfoRequest(as, client, tokens.access_token, { ...insecure, DPoP })
    assert.equal((await oauth.processUserInfoResponse(as, client, account.uid, me)).sub, account.uid)
  })

  test('simple-oauth2 walks code, refresh, revocation and client credentials', async () => {
    const account = await anAccount(server())
    const { client_id: id, client_secret: secret } = await aClient(server(), WAIVED)
    const config = {
      client: { id, secret },
      auth: { tokenHost: server().origin },
    }
    const client = new AuthorizationCode(config)
    const url = client.authorizeURL({ redirect_uri: CALLBACK, scope: 'openid profile', state: 'a state' })
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const code = landed.searchParams.get('code') ?? ''
    const token = await client.getToken({ code, redirect_uri: CALLBACK })
    const me = await server().call('GET', '/accounts/me', { token: String(token.token['access_token']) })
    assert.equal(me.body.email, account.email)
    const next = await token.refresh()
    await next.revokeAll()
    assert.equal(
      (await server().call('GET', '/accounts/me', { token: String(next.token['access_token']) })).status,
      401,
    )
    const own = await new ClientCredentials(config).getToken({ scope: 'peatio' })
    assert.equal(own.token['token_type'], 'Bearer')
  })

  test('passport-oauth2 signs somebody in, with PKCE and state', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const site = aSite(
      new Strategy(
        {
          authorizationURL: `${server().origin}/oauth/authorize`,
          tokenURL: `${server().origin}/oauth/token`,
          clientID: client.client_id,
          clientSecret: client.client_secret,
          callbackURL: CALLBACK,
          scope: ['openid', 'profile'],
          pkce: true,
          state: true,
        },
        (accessToken: string, refreshToken: string, _profile: unknown, done: (error: null, user: object) => void) =>
          done(null, { accessToken, refreshToken }),
      ),
    )
    const landed = await walk(browserOf(server()), await site.begin(), account)
    const user = await site.finish(callbackOf(landed))
    const me = await server().call('GET', '/accounts/me', { token: user.accessToken })
    assert.equal(me.body.uid, account.uid)
    assert.ok(user.refreshToken)
  })

  test('omniauth-oauth2’s shape works: no PKCE, no scope, the secret in the body, then GET /api/v1/accounts/me', async () => {
    const account = await anAccount(server())
    const client = await aClient(server(), { ...WAIVED, consent_skipped_at: WAIVED.pkce_waived_at })
    const { url } = anAttempt(server(), client, {
      scope: undefined,
      code_challenge: undefined,
      code_challenge_method: undefined,
      nonce: undefined,
    })
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const { status, body } = await post(server(), '/oauth/token', undefined, {
      grant_type: 'authorization_code',
      code: landed.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      client_id: client.client_id,
      client_secret: client.client_secret,
    })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body).sort(), [
      'access_token',
      'created_at',
      'expires_in',
      'refresh_token',
      'scope',
      'token_type',
    ])
    assert.equal(body.scope, 'peatio barong')
    const me = await server().call('GET', '/accounts/me', { token: body.access_token })
    const { uid, email, role, level, state } = account
    assert.deepEqual(me.body, { uid, email, role, level, otp_enabled: false, state })
  })
})

interface PassportUser {
  accessToken: string
  refreshToken: string
}

/** A site that signs its visitors in by passport, without the rest of a site. */
function aSite(strategy: Strategy) {
  const session = {}
  const run = (query: Record<string, string>) =>
    new Promise<{ redirect?: string; user?: PassportUser }>((resolve, reject) => {
      const attempt = Object.assign(Object.create(strategy), {
        redirect: (redirect: string) => resolve({ redirect }),
        success: (user: PassportUser) => resolve({ user }),
        fail: reject,
        error: reject,
      })
      attempt.authenticate({ query, session }, {})
    })
  return {
    begin: async () => (await run({})).redirect ?? '',
    finish: async (url: URL) => {
      const { user } = await run(Object.fromEntries(url.searchParams))
      assert.ok(user)
      return user
    },
  }
}
