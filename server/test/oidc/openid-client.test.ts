import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import type { NewRow } from '../../src/platform/db/schema.ts'
import { anAuthenticator } from '../support/authenticator.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, PASSWORD } from '../support/factories.ts'
import {
  aClient,
  anAttempt,
  browserOf,
  CALLBACK,
  callbackOf,
  type OauthClient,
  type Person,
  walk,
} from '../support/oauth.ts'
import { type StartedServer, sharedStartedServer } from '../support/started.ts'

const discovered = ({ origin }: StartedServer, { client_id, client_secret }: OauthClient, algorithm?: string | null) =>
  openid.discovery(
    new URL(origin),
    client_id,
    { client_secret, ...(algorithm ? { id_token_signed_response_alg: algorithm } : {}) },
    undefined,
    { execute: [openid.allowInsecureRequests] },
  )

onEachDatabase('openid-client, at the started process', (newDatabase) => {
  const server = sharedStartedServer(newDatabase)

  test('walks the authorization code flow with PKCE, userinfo, the user API, refresh, revocation and introspection', async () => {
    const account = await anAccount(server())
    const config = await discovered(server(), await aClient(server()))
    const code_verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const nonce = openid.randomNonce()
    const url = openid.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: 'openid email profile',
      code_challenge: await openid.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    const landed = await walk(browserOf(server()), url, account)
    const tokens = await openid.authorizationCodeGrant(config, callbackOf(landed), {
      pkceCodeVerifier: code_verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    })
    assert.equal(tokens.claims()?.sub, account.uid)
    assert.equal(tokens.claims()?.['email'], account.email)

    const userinfo = await openid.fetchUserInfo(config, tokens.access_token, account.uid)
    assert.equal(userinfo.email, account.email)
    assert.equal(userinfo['level'], account.level)

    const me = await server().call('GET', '/accounts/me', { token: tokens.access_token })
    assert.equal(me.status, 200)
    assert.equal(me.body.uid, account.uid)

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    const active = await openid.tokenIntrospection(config, refreshed.access_token)
    assert.equal(active.active, true)
    assert.equal(active.sub, account.uid)

    await openid.tokenRevocation(config, refreshed.access_token)
    assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false)
    assert.equal((await server().call('GET', '/accounts/me', { token: refreshed.access_token })).status, 401)
  })

  test('asks for the second factor where the account has one, and says so in acr and amr', async () => {
    const account = await anAccount(server())
    const { app } = await anAuthenticator(server(), account)
    const { config, tokens } = await signedIn(server(), { email: account.email, code: () => app.next() })
    const claims = tokens.claims()
    assert.equal(claims?.['acr'], 'urn:barong:acr:2fa')
    assert.deepEqual(claims?.['amr'], ['pwd', 'otp', 'mfa'])
    assert.equal((await openid.fetchUserInfo(config, tokens.access_token, account.uid)).sub, account.uid)
  })

  test('gets tokens of its own by client credentials, which open nobody’s account', async () => {
    const config = await discovered(server(), await aClient(server()))
    const tokens = await openid.clientCredentialsGrant(config, { scope: 'peatio' })
    assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, true)
    assert.equal((await server().call('GET', '/accounts/me', { token: tokens.access_token })).status, 401)
    await openid.tokenRevocation(config, tokens.access_token)
    assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, false)
  })

  test('signs a device in that shows a code', async () => {
    const account = await anAccount(server())
    const config = await discovered(server(), await aClient(server()))
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'openid email' })
    const params = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code }
    const poll = () => openid.genericGrantRequest(config, params['grant_type'], { device_code: device.device_code })
    await assert.rejects(poll(), { error: 'authorization_pending' })
    const browser = browserOf(server())
    const asked = await browser.open(device.verification_uri)
    const confirmed = await browser.submit(asked, '/oauth/device', { user_code: device.user_code })
    const signIn = await browser.submit(confirmed, '/oauth/device', { confirm: 'yes' })
    const consent = await browser.submit(signIn, '/sign_in', { email: account.email, password: PASSWORD })
    const done = await browser.submit(consent, '/consent')
    assert.match(done.text, /You can return to your device now/)
    const tokens = await poll()
    const me = await openid.fetchUserInfo(config, tokens.access_token, account.uid)
    assert.equal(me.email, account.email)
    await assert.rejects(poll(), { error: 'invalid_grant' })
  })

  test('pushes its authorization request', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const config = await discovered(server(), client)
    const code_verifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      code_challenge: await openid.calculatePKCECodeChallenge(code_verifier),
      code_challenge_method: 'S256',
    })
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const tokens = await openid.authorizationCodeGrant(config, landed, { pkceCodeVerifier: code_verifier })
    assert.equal(tokens.claims()?.sub, account.uid)
    const again = await walk(browserOf(server()), url, account)
    assert.equal(again.status, 400)
  })

  test('binds its tokens to a key (DPoP), which userinfo and the user API then ask for', async () => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const config = await discovered(server(), client)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const attempt = anAttempt(server(), client)
    const landed = callbackOf(await walk(browserOf(server()), attempt.url, account))
    const checks = {
      pkceCodeVerifier: attempt.code_verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
    }
    const tokens = await openid.authorizationCodeGrant(config, landed, checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const me = await openid.fetchUserInfo(config, tokens.access_token, account.uid, { DPoP })
    assert.equal(me.sub, account.uid)
    await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, account.uid))
    assert.equal((await server().call('GET', '/accounts/me', { token: tokens.access_token })).status, 401)
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, { DPoP })
    assert.equal(refreshed.token_type, 'dpop')
    const url = new URL('/api/v1/accounts/me', server().origin)
    const fetched = await openid.fetchProtectedResource(
      config,
      refreshed.access_token,
      url,
      'GET',
      undefined,
      undefined,
      {
        DPoP,
      },
    )
    assert.equal(fetched.status, 200)
  })

  // ASVS 9.2.3, 9.2.4, 10.3.1
  test('gets tokens for one resource, which open nothing elsewhere', async () => {
    const account = await anAccount(server())
    const resource = 'https://peatio.example/api'
    const { tokens } = await signedIn(server(), account, { resource, scope: 'openid peatio' })
    const { aud, scope } = decodeJwt<{ scope: string }>(tokens.access_token)
    assert.equal(aud, resource)
    assert.equal(scope, 'openid peatio')
    assert.equal((await server().call('GET', '/accounts/me', { token: tokens.access_token })).status, 403)
    const own = await signedIn(server(), account, { resource: `${server().origin}/api/v1`, scope: 'openid profile' })
    assert.equal((await server().call('GET', '/accounts/me', { token: own.tokens.access_token })).status, 200)
  })

  test('signs people out, with the tokens of that sign-in', async () => {
    const account = await anAccount(server())
    const browser = browserOf(server())
    const { config, tokens } = await signedIn(server(), account, {}, browser)
    const url = openid.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: 'https://app.example/',
      state: 'bye',
    })
    const asked = await browser.open(url.href)
    const out = await browser.submit(asked, '/sign_out/confirm', { logout: 'yes' })
    assert.equal(out.url, 'https://app.example/?state=bye')
    assert.equal((await server().call('GET', '/accounts/me', { token: tokens.access_token })).status, 401)
    await assert.rejects(openid.refreshTokenGrant(config, tokens.refresh_token ?? ''), { error: 'invalid_grant' })
  })

  test('verifies id tokens of every algorithm an application can ask for, and so can whoever reads the access token', async () => {
    const account = await anAccount(server())
    for (const token_algorithm of ['ES256', 'EdDSA', 'RS256']) {
      const { tokens, config } = await signedIn(server(), account, {}, undefined, { token_algorithm })
      assert.equal(decodeProtectedHeader(tokens.id_token ?? '').alg, token_algorithm)
      assert.equal(decodeProtectedHeader(tokens.access_token).alg, token_algorithm)
      const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''))
      const { payload } = await jwtVerify(tokens.access_token, keys, { issuer: 'barong' })
      assert.equal(payload['uid'], account.uid)
      await jwtVerify(tokens.id_token ?? '', keys, { issuer: server().origin })
    }
  })

  test('gets tokens that live as long as its application says', async () => {
    const account = await anAccount(server())
    const { tokens, config } = await signedIn(server(), account, {}, undefined, {
      access_token_lifetime: 600,
      refresh_token_lifetime: 1200,
    })
    assert.equal(tokens.expires_in, 600)
    const { exp = 0, iat = 0 } = await openid.tokenIntrospection(config, tokens.refresh_token ?? '')
    assert.equal(exp - iat, 1200)
  })
})

/** Signs somebody in at a new application. */
async function signedIn(
  server: StartedServer,
  person: Person,
  params: Record<string, string> = {},
  browser = browserOf(server),
  overrides: Partial<NewRow<'applications'>> = {},
) {
  const client = await aClient(server, overrides)
  const config = await discovered(server, client, overrides.token_algorithm)
  const attempt = anAttempt(server, client, params)
  const landed = callbackOf(await walk(browser, attempt.url, person))
  const tokens = await openid.authorizationCodeGrant(config, landed, {
    pkceCodeVerifier: attempt.code_verifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
  })
  return { config, tokens }
}
