import assert from 'node:assert/strict'
import { createHmac, createPublicKey, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { importPKCS8 } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { changeApplication } from '../../src/features/applications/applications.ts'
import { onceOnlyAdapter } from '../../src/features/oauth/records.ts'
import { seconds } from '../../src/lib/clock.ts'
import { aKeyedClient, anAssertion, jwkOf, type KeyedClient, postAssertion } from '../support/assertions.ts'
import { anEcKey, anEdKey, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount } from '../support/factories.ts'
import { type ListeningServer, sharedListeningServer } from '../support/loopback.ts'
import { aClient, browserOf, CALLBACK, callbackOf, post, walk } from '../support/oauth.ts'
import { metadataOf } from './conformance/relying-party.ts'

const OWN = { grant_type: 'client_credentials' }

/** The private half as clients take it. */
const privateKeyOf = ({ key }: KeyedClient, alg: string) =>
  importPKCS8(key.private_key.export({ type: 'pkcs8', format: 'pem' }).toString(), alg)

const configured = async ({ origin }: ListeningServer, client: KeyedClient, alg = 'ES256') =>
  openid.discovery(
    new URL(origin),
    client.client_id,
    undefined,
    openid.PrivateKeyJwt(await privateKeyOf(client, alg)),
    { execute: [openid.allowInsecureRequests] },
  )

onEachDatabase('An application that proves who it is by its key', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  // ASVS 10.4.16
  test('is served at every endpoint: openid-client with code, refresh, introspection, revocation, PAR and devices', async () => {
    const [account, client] = [await anAccount(server()), await aKeyedClient(server())]
    const config = await configured(server(), client)
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const url = await openid.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid email offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const landed = callbackOf(await walk(browserOf(server()), url, account))
    const tokens = await openid.authorizationCodeGrant(config, landed, { pkceCodeVerifier })
    assert.equal(tokens.claims()?.sub, account.uid)
    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
    assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, true)
    await openid.tokenRevocation(config, refreshed.access_token)
    assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false)
    const device = await openid.initiateDeviceAuthorization(config, { scope: 'openid' })
    assert.match(device.user_code, /^\w{4}-\w{4}$/)
  })

  test('may have keys of any kind that is taken, and several clients take it', async () => {
    for (const [key, alg] of [
      [anRsaKey(), 'RS256'],
      [anRsaKey(), 'PS256'],
      [anEcKey(), 'ES256'],
      [anEdKey(), 'Ed25519'],
    ] as const) {
      const client = await aKeyedClient(server(), { key })
      const config = await configured(server(), client, alg)
      const { access_token } = await openid.clientCredentialsGrant(config, { scope: 'peatio' })
      assert.equal((await openid.tokenIntrospection(config, access_token)).active, true, alg)
    }
    const client = await aKeyedClient(server())
    const { client_id } = client
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(server().origin)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
    const proof = oauth.PrivateKeyJwt(await privateKeyOf(client, 'ES256'))
    const answer = await oauth.clientCredentialsGrantRequest(as, { client_id }, proof, {}, insecure)
    assert.equal((await oauth.processClientCredentialsResponse(as, { client_id }, answer)).token_type, 'bearer')
  })

  test('is told so by discovery, with asymmetric algorithms alone', async () => {
    const metadata = await metadataOf(server())
    const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
    assert.deepEqual(metadata['token_endpoint_auth_methods_supported'], methods)
    const algorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519']
    assert.deepEqual(metadata['token_endpoint_auth_signing_alg_values_supported'], algorithms)
  })

  test('names this server, or the endpoint it calls, as the audience, and no other', async () => {
    const client = await aKeyedClient(server())
    const { origin } = server()
    const ask = (aud: unknown, path = '/oauth/token', form: Record<string, string> = OWN) =>
      postAssertion(server(), path, anAssertion(server(), client, { claims: { aud } }), form)
    for (const aud of [origin, `${origin}/oauth/token`, [origin]])
      assert.equal((await ask(aud)).status, 200, String(aud))
    const { body } = await ask(origin)
    const token = { token: body.access_token }
    assert.equal((await ask(`${origin}/oauth/introspect`, '/oauth/introspect', token)).status, 200)
    for (const aud of ['https://other.example', `${origin}/`, undefined, [], [origin, 'https://other.example'], 7]) {
      const { status, body } = await ask(aud)
      assert.deepEqual([status, body.error], [401, 'invalid_client'], JSON.stringify(aud))
    }
  })

  // ASVS 10.4.16
  test('is refused with an assertion that came before, also one of many at once', async () => {
    const client = await aKeyedClient(server())
    const once = anAssertion(server(), client)
    assert.equal((await postAssertion(server(), '/oauth/token', once, OWN)).status, 200)
    for (const path of [
      '/oauth/token',
      '/oauth/introspect',
      '/oauth/revoke',
      '/oauth/par',
      '/oauth/device_authorization',
    ]) {
      const again = await postAssertion(server(), path, once, path === '/oauth/token' ? OWN : { token: 'x' })
      assert.deepEqual([again.status, again.body.error], [401, 'invalid_client'], path)
    }
    const many = anAssertion(server(), client)
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => postAssertion(server(), '/oauth/token', many, OWN)),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    assert.ok(answers.every(({ status }) => [200, 400, 401].includes(status)))
    // However two come between each other's steps.
    const remembered = onceOnlyAdapter(server().deps, 'ReplayDetection')
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => remembered.upsert('an id', {}, 60)))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  // ASVS 10.4.16
  test('is refused with whatever is not its own, not now or not for here', async () => {
    const [client, other] = [await aKeyedClient(server()), await aKeyedClient(server())]
    const now = seconds(server().clock.now())
    const wrong: Record<string, string> = {
      'the key of another': anAssertion(server(), client, { key: other.key }),
      'the name of another': anAssertion(server(), other, { claims: { sub: client.client_id } }),
      'another issuer': anAssertion(server(), client, { claims: { iss: other.client_id } }),
      'no issuer': anAssertion(server(), client, { claims: { iss: undefined } }),
      'no subject': anAssertion(server(), client, { claims: { sub: undefined } }),
      'no jti': anAssertion(server(), client, { claims: { jti: undefined } }),
      'a jti that is no text': anAssertion(server(), client, { claims: { jti: 7 } }),
      'a jti without end': anAssertion(server(), client, { claims: { jti: 'x'.repeat(201) } }),
      'no end': anAssertion(server(), client, { claims: { exp: undefined } }),
      'an end that passed': anAssertion(server(), client, { claims: { exp: now - 60 } }),
      'an end far ahead': anAssertion(server(), client, { claims: { exp: now + 3600 } }),
      'an end that is a text': anAssertion(server(), client, { claims: { exp: String(now + 60) } }),
      'a beginning ahead': anAssertion(server(), client, { claims: { nbf: now + 120 } }),
      'a key that nobody has': anAssertion(server(), client, { header: { kid: 'nobody' } }),
      'an algorithm of another key': anAssertion(server(), client, { header: { alg: 'RS256' } }),
      'no signature': unsigned(client),
      'the public key as a secret': symmetric(client),
      'no JWT': 'x.y.z',
    }
    for (const [what, assertion] of Object.entries(wrong)) {
      const { status, body } = await postAssertion(server(), '/oauth/token', assertion, OWN)
      assert.ok(status === 401 || status === 400, `${what}: ${status}`)
      assert.ok(['invalid_client', 'invalid_request'].includes(body.error), what)
    }
    const type = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }
    assert.equal(
      (await postAssertion(server(), '/oauth/token', anAssertion(server(), client), { ...OWN, ...type })).status,
      400,
    )
    const named = { ...OWN, client_id: other.client_id }
    assert.equal((await postAssertion(server(), '/oauth/token', anAssertion(server(), client), named)).status, 400)
    assert.equal((await postAssertion(server(), '/oauth/token', anAssertion(server(), client), OWN)).status, 200)
  })

  /** As if nobody had to sign (RFC 8725, section 2.1). */
  const unsigned = (client: KeyedClient): string => {
    const [, payload] = anAssertion(server(), client).split('.')
    return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
  }

  /** As if what everybody knows were a secret (RFC 8725, section 2.1). */
  const symmetric = (client: KeyedClient): string => {
    const [, payload] = anAssertion(server(), client).split('.')
    const input = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${payload}`
    const pem = createPublicKey(client.key.pem).export({ type: 'spki', format: 'pem' })
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
  }

  test('is refused with a secret or with nothing, and one with a secret is refused with a key', async () => {
    const client = await aKeyedClient(server())
    const secret = server().deps.ring.open('application-secret', client.client_id, client.application.secret_sealed)
    const asSecret = { ...client, client_secret: secret.toString() }
    for (const path of ['/oauth/token', '/oauth/introspect']) {
      const form = path === '/oauth/token' ? OWN : { token: 'x' }
      assert.equal((await post(server(), path, asSecret, form)).status, 401)
      assert.equal((await post(server(), path, undefined, { client_id: client.client_id, ...form })).status, 401)
    }
    const plain = { ...(await aClient(server())), key: client.key }
    assert.equal((await postAssertion(server(), '/oauth/token', anAssertion(server(), plain), OWN)).status, 401)
  })

  test('goes on with its new key and is refused with the old one once it was given another', async () => {
    const client = await aKeyedClient(server())
    const key = anEcKey()
    const ask = (from: KeyedClient) => postAssertion(server(), '/oauth/token', anAssertion(server(), from), OWN)
    const both = { keys: [jwkOf(client.key, { kid: 'old' }), jwkOf(key, { kid: 'new' })] }
    await changeApplication(server().deps, client.client_id, { jwks: both })
    assert.deepEqual([(await ask(client)).status, (await ask({ ...client, key })).status], [200, 200])
    await changeApplication(server().deps, client.client_id, { jwks: { keys: [jwkOf(key)] } })
    assert.deepEqual([(await ask(client)).status, (await ask({ ...client, key })).status], [401, 200])
  })

  test('that had a secret loses it with its first key, and gets a new one when it gives the keys back', async () => {
    const [client, key] = [await aClient(server()), anEcKey()]
    assert.equal((await post(server(), '/oauth/token', client, OWN)).status, 200)
    await changeApplication(server().deps, client.client_id, { jwks: { keys: [jwkOf(key)] } })
    assert.equal((await post(server(), '/oauth/token', client, OWN)).status, 401)
    assert.equal(
      (await postAssertion(server(), '/oauth/token', anAssertion(server(), { ...client, key }), OWN)).status,
      200,
    )
    await changeApplication(server().deps, client.client_id, { jwks: null })
    assert.equal((await post(server(), '/oauth/token', client, OWN)).status, 401, 'the secret of before stays void')
    assert.equal(
      (await postAssertion(server(), '/oauth/token', anAssertion(server(), { ...client, key }), OWN)).status,
      401,
    )
  })

  test('may say who it is by the assertion alone, and gets the scopes of 1.8 where it names none', async () => {
    const client = await aKeyedClient(server())
    const form = {
      response_type: 'code',
      redirect_uri: CALLBACK,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }
    const pushed = await postAssertion(server(), '/oauth/par', anAssertion(server(), client), form)
    assert.equal(pushed.status, 400, 'client_id belongs to the authorization request itself')
    const device = await postAssertion(server(), '/oauth/device_authorization', anAssertion(server(), client), {})
    assert.equal(device.status, 200, JSON.stringify(device.body))
  })

  test('is taken once by each jti, whatever else the assertion says', async () => {
    const client = await aKeyedClient(server())
    const jti = randomUUID()
    const ask = (exp: number) =>
      postAssertion(server(), '/oauth/token', anAssertion(server(), client, { claims: { jti, exp } }), OWN)
    const now = seconds(server().clock.now())
    assert.deepEqual([(await ask(now + 60)).status, (await ask(now + 90)).status], [200, 401])
  })
})
