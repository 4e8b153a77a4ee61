import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as openid from 'openid-client'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { type ListeningServer, listeningServer } from '../support/loopback.ts'
import { aClient, browserOf, CALLBACK, callbackOf, type OauthClient, walk } from '../support/oauth.ts'

const discovered = ({ origin }: ListeningServer, { client_id, client_secret }: OauthClient) =>
  openid.discovery(new URL(origin), client_id, client_secret, undefined, {
    execute: [openid.allowInsecureRequests],
  })

onEachDatabase('openid-client', (newDatabase) => {
  test('walks the authorization code flow with PKCE, userinfo, the user API, refresh, revocation and introspection', async () => {
    await using server = await listeningServer(await newDatabase())
    const account = await anAccount(server)
    const config = await discovered(server, await aClient(server))
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
    const landed = await walk(browserOf(server), url, account)
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

    const me = await server.call('GET', '/accounts/me', { token: tokens.access_token })
    assert.equal(me.status, 200)
    assert.equal(me.body.uid, account.uid)

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    const active = await openid.tokenIntrospection(config, refreshed.access_token)
    assert.equal(active.active, true)
    assert.equal(active.sub, account.uid)

    await openid.tokenRevocation(config, refreshed.access_token)
    assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false)
    assert.equal((await server.call('GET', '/accounts/me', { token: refreshed.access_token })).status, 401)
  })
})
