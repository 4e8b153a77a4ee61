import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { cleanOauthRecords } from '../../src/features/oauth/cleaning.ts'
import { MINUTE, seconds } from '../../src/lib/clock.ts'
import { hexToken } from '../../src/lib/ids.ts'
import { aJws } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aDpopKey as aKey, type DpopKey as Key, sha256, type Twist } from '../support/dpop.ts'
import { anAccount, aToken } from '../support/factories.ts'
import { sharedListeningServer } from '../support/loopback.ts'
import { aClient, anAttempt, browserOf, CALLBACK, callbackOf, exchange, post, walk } from '../support/oauth.ts'

const INVALID = 'The DPoP proof is missing or invalid'
const USED = 'The DPoP proof was used before'

onEachDatabase('Tokens that are bound to a key (DPoP)', (newDatabase) => {
  const server = sharedListeningServer(newDatabase)

  const signProof = (key: Key, claims: Record<string, unknown>, { header = {}, signer = key }: Twist = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: key.algorithm, jwk: key.public_jwk, ...header })
      .sign(signer.private_key)

  const aProof = (key: Key, token: string, method: string, path: string, twist: Twist = {}) =>
    signProof(
      key,
      {
        jti: hexToken(8),
        htm: method,
        htu: `${server().origin}/api/v1${path}`,
        iat: seconds(server().clock.now()),
        ath: sha256(token),
        ...twist.claims,
      },
      twist,
    )

  /** Signs somebody in with a proof at the token endpoint; the token is bound to the key. */
  const aBoundToken = async (key: Key, params: Record<string, string> = {}) => {
    const account = await anAccount(server())
    const client = await aClient(server())
    const attempt = anAttempt(server(), client, params)
    const landed = await walk(browserOf(server()), attempt.url, account)
    const claims = { jti: hexToken(8), htm: 'POST', htu: `${server().origin}/oauth/token` }
    const proof = await signProof(key, { ...claims, iat: seconds(server().clock.now()) })
    const code = callbackOf(landed).searchParams.get('code') ?? ''
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: attempt.code_verifier,
    }
    const { status, body } = await post(server(), '/oauth/token', client, form, { dpop: proof })
    assert.equal(status, 200, JSON.stringify(body))
    return { account, client, token: String(body.access_token) }
  }

  const call = async (path: string, headers: Record<string, string>, method = 'GET', json?: unknown) => {
    const answer = await server().call(method === 'POST' ? 'POST' : 'GET', path, { headers, json })
    return { ...answer, outcome: answer.status < 300 ? 'in' : `${answer.status} ${answer.body.error}` }
  }

  test('open the user API for who shows the key, as oauth4webapi does it', async () => {
    const account = await anAccount(server())
    const { client_id, client_secret } = await aClient(server())
    const options = { [oauth.allowInsecureRequests]: true } as const
    const issuer = new URL(server().origin)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    const client: oauth.Client = { client_id }
    const attempt = anAttempt(server(), {
      client_id,
      client_secret,
      application: (await aClient(server())).application,
    })
    const landed = callbackOf(await walk(browserOf(server()), attempt.url, account))
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const answer = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.ClientSecretBasic(client_secret),
      oauth.validateAuthResponse(as, client, landed, attempt.state),
      CALLBACK,
      attempt.code_verifier,
      { ...options, DPoP },
    )
    const checks = { expectedNonce: attempt.nonce }
    const { access_token } = await oauth.processAuthorizationCodeResponse(as, client, answer, checks)
    for (const path of ['/accounts/me', '/accounts/me?fields=all', '/labels']) {
      const url = new URL(`${server().origin}/api/v1${path}`)
      const response = await oauth.protectedResourceRequest(access_token, 'GET', url, undefined, null, {
        ...options,
        DPoP,
      })
      assert.equal(response.status, 200)
    }
  })

  // RFC 9449, section 10
  test('are got with the key that was asked for; a code is not used up by who shows another one, or none', async () => {
    const [account, client, key] = [await anAccount(server()), await aClient(server()), aKey()]
    const attempt = anAttempt(server(), client, { dpop_jkt: key.jkt })
    const landed = await walk(browserOf(server()), attempt.url, account)
    const form = {
      grant_type: 'authorization_code',
      code: callbackOf(landed).searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: attempt.code_verifier,
    }
    const trade = async (shown?: Key) => {
      const claims = { jti: hexToken(8), htm: 'POST', htu: `${server().origin}/oauth/token` }
      const iat = seconds(server().clock.now())
      const headers = shown ? { dpop: await signProof(shown, { ...claims, iat }) } : {}
      return post(server(), '/oauth/token', client, form, headers)
    }
    for (const shown of [aKey(), undefined]) {
      const { status, body } = await trade(shown)
      assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
    const { status, body } = await trade(key)
    assert.deepEqual([status, body.token_type], [200, 'DPoP'], JSON.stringify(body))
    assert.equal((await trade(key)).body.error, 'invalid_grant', 'and that once')
  })

  test('take keys of every algorithm that the discovery document names', async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
      const key = aKey(algorithm)
      const { token } = await aBoundToken(key)
      const dpop = await aProof(key, token, 'GET', '/accounts/me')
      assert.equal((await call('/accounts/me', { authorization: `DPoP ${token}`, dpop })).outcome, 'in', algorithm)
    }
  })

  // ASVS 10.3.5
  test('are refused as plain bearer tokens, and plain ones with the DPoP scheme', async () => {
    const key = aKey()
    const { account, token } = await aBoundToken(key)
    const dpop = await aProof(key, token, 'GET', '/accounts/me')
    const plain = await aToken(server(), account)
    for (const [path, headers] of [
      ['/accounts/me', { authorization: `Bearer ${token}` }],
      ['/accounts/me', { authorization: `Bearer ${token}`, dpop }],
      [`/accounts/me?access_token=${token}`, { dpop }],
      ['/accounts/me', { authorization: `DPoP ${plain}`, dpop: await aProof(key, plain, 'GET', '/accounts/me') }],
    ] as const) {
      const { outcome, headers: told, body } = await call(path, { ...headers })
      assert.equal(outcome, '401 The access token is invalid')
      assert.deepEqual(Object.keys(body), ['error'])
      assert.equal(
        told['www-authenticate'],
        'DPoP algs="ES256 RS256 EdDSA Ed25519", error="invalid_token", error_description="The access token is invalid"',
      )
    }
    assert.equal((await call('/accounts/me', { authorization: `dpop ${token}`, dpop })).outcome, 'in')
  })

  test('are refused with a proof of another request, another token, another key or another time', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key)
    const other = aKey()
    const now = seconds(server().clock.now())
    const { origin } = server()
    const { d } = key.private_key.export({ format: 'jwk' })
    const twists: Record<string, Twist> = {
      'another method': { claims: { htm: 'POST' } },
      'a method in small letters': { claims: { htm: 'get' } },
      'another path': { claims: { htu: `${origin}/api/v1/labels` } },
      'another host': { claims: { htu: 'https://evil.example/api/v1/accounts/me' } },
      'no absolute address': { claims: { htu: '/api/v1/accounts/me' } },
      'no address': { claims: { htu: undefined } },
      'another token': { claims: { ath: sha256('other') } },
      'no token': { claims: { ath: undefined } },
      'an old time': { claims: { iat: now - 61 } },
      'a time to come': { claims: { iat: now + 62 } },
      'no time': { claims: { iat: undefined } },
      'no id': { claims: { jti: undefined } },
      'an empty id': { claims: { jti: '' } },
      'another type': { header: { typ: 'JWT' } },
      'another key': { header: { jwk: other.public_jwk }, signer: other },
      'a signature of another key': { signer: other },
      'a private key in its header': { header: { jwk: { ...key.public_jwk, d } } },
      'no key': { header: { jwk: undefined } },
      'an extension': { header: { crit: ['b64'], b64: true } },
      'a key that is none': { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } } },
    }
    for (const [what, twist] of Object.entries(twists)) {
      const dpop = await aProof(key, token, 'GET', '/accounts/me', twist)
      const { outcome, headers, body } = await call('/accounts/me', { authorization: `DPoP ${token}`, dpop })
      assert.equal(outcome, `401 ${INVALID}`, what)
      assert.deepEqual(body, { error: INVALID })
      assert.match(String(headers['www-authenticate']), /^DPoP .*error="invalid_dpop_proof"/)
    }
    const [header = '', payload = ''] = (await aProof(key, token, 'GET', '/accounts/me')).split('.')
    const unsigned = Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk: key.public_jwk }))
    const now_and_again = {
      jti: hexToken(8),
      htm: 'GET',
      htu: `${origin}/api/v1/accounts/me`,
      iat: now,
      ath: sha256(token),
    }
    const confused = { typ: 'dpop+jwt', alg: 'HS256', jwk: key.public_jwk }
    assert.equal(
      (await call('/accounts/me', { authorization: `DPoP ${token}`, dpop: aJws(key, confused, now_and_again) }))
        .outcome,
      `401 ${INVALID}`,
    )
    for (const dpop of ['', 'x', `${header}.${payload}.`, `${unsigned.toString('base64url')}.${payload}.`]) {
      const { outcome } = await call('/accounts/me', { authorization: `DPoP ${token}`, dpop })
      assert.equal(outcome, `401 ${INVALID}`, dpop)
    }
    assert.equal((await call('/accounts/me', { authorization: `DPoP ${token}` })).outcome, `401 ${INVALID}`)
    const two = [await aProof(key, token, 'GET', '/accounts/me'), await aProof(key, token, 'GET', '/accounts/me')]
    const twice = await call('/accounts/me', { authorization: `DPoP ${token}`, dpop: two.join(', ') })
    assert.equal(twice.outcome, `401 ${INVALID}`)
  })

  test('take a proof whose address is spelt otherwise, or has a query, and whose time is a minute off', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key)
    const { origin } = server()
    const now = seconds(server().clock.now())
    for (const claims of [
      { htu: `${origin}/api/v1/accounts/me?x=1#y` },
      { htu: `${origin.replace('http', 'HTTP')}/api/v1/./accounts/%6De` },
      { iat: now - 59 },
      { iat: now + 59 },
    ]) {
      const dpop = await aProof(key, token, 'GET', '/accounts/me', { claims })
      const { outcome } = await call('/accounts/me', { authorization: `DPoP ${token}`, dpop })
      assert.equal(outcome, 'in', JSON.stringify(claims))
    }
  })

  // ASVS 10.3.5
  test('take each proof once, also of many who bring it at once', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key)
    const dpop = await aProof(key, token, 'GET', '/accounts/me')
    const authorization = `DPoP ${token}`
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, async () => (await call('/accounts/me', { authorization, dpop })).outcome),
    )
    assert.deepEqual(outcomes.sort(), [...Array(7).fill(`401 ${USED}`), 'in'])
    const again = await aProof(key, token, 'GET', '/labels')
    assert.equal((await call('/labels', { authorization, dpop: again })).outcome, 'in')
    const { outcome, headers } = await call('/labels', { authorization, dpop: again })
    assert.equal(outcome, `401 ${USED}`)
    assert.match(String(headers['www-authenticate']), /error="invalid_dpop_proof"/)
  })

  test('take the same id from holders of different keys, and forget it when it is too old to come back', async () => {
    const jti = hexToken(8)
    const remembered = async () => {
      const rows = server().deps.db.selectFrom('oauth_records').select('id').where('kind', '=', 'DpopProof')
      return (await rows.execute()).length
    }
    for (const key of [aKey(), aKey()]) {
      const { token } = await aBoundToken(key)
      const dpop = await aProof(key, token, 'GET', '/accounts/me', { claims: { jti } })
      assert.equal((await call('/accounts/me', { authorization: `DPoP ${token}`, dpop })).outcome, 'in')
    }
    await cleanOauthRecords(server().deps)
    assert.ok((await remembered()) >= 2)
    server().clock.advance(3 * MINUTE)
    await cleanOauthRecords(server().deps)
    assert.equal(await remembered(), 0)
  })

  test('upload a file with one proof', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key, { scope: 'openid kyc.write' })
    const dpop = await aProof(key, token, 'POST', '/documents')
    const form = new FormData()
    form.set('doc_type', 'Passport')
    form.set('upload', new Blob(['x']), 'a.png')
    const response = await fetch(`${server().origin}/api/v1/documents`, {
      method: 'POST',
      headers: { authorization: `DPoP ${token}`, dpop },
      body: form,
    })
    assert.notEqual(response.status, 401, await response.text())
  })

  // ASVS 9.2.3
  test('open what their scopes allow, and nothing when they are for another resource', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key, { scope: 'openid email' })
    const elsewhere = await aBoundToken(key, { scope: 'openid profile', resource: 'https://peatio.example/api' })
    for (const bound of [token, elsewhere.token]) {
      const dpop = await aProof(key, bound, 'GET', '/accounts/me')
      const { outcome } = await call('/accounts/me', { authorization: `DPoP ${bound}`, dpop })
      assert.equal(outcome, '403 The access token does not have the scope for this')
    }
  })

  // ASVS 10.3.5
  test('of an application of the product are exchanged for tokens of the API that are bound to the same key', async () => {
    const key = aKey()
    const { token } = await aBoundToken(key)
    await server()
      .deps.db.updateTable('sessions')
      .set({ scopes: null })
      .where('oauth_payload', 'is not', null)
      .execute()
    for (const forgotten of [false, true]) {
      // As rows are that an earlier release wrote.
      if (forgotten) await server().deps.db.updateTable('sessions').set({ jkt: null }).execute()
      const dpop = await aProof(key, token, 'POST', '/security/renew')
      const { body } = await call('/security/renew', { authorization: `DPoP ${token}`, dpop }, 'POST', {})
      assert.deepEqual(decodeJwt(body)['cnf'], { jkt: key.jkt })
      const again = await aProof(key, body, 'GET', '/accounts/me')
      assert.equal((await call('/accounts/me', { authorization: `DPoP ${body}`, dpop: again })).outcome, 'in')
    }
  })

  test('cost those nothing who have none: a bearer’s DPoP header is not looked at', async () => {
    const token = await aToken(server(), await anAccount(server()))
    assert.equal((await call('/accounts/me', { authorization: `Bearer ${token}`, dpop: 'x' })).outcome, 'in')
    const client = await aClient(server())
    const attempt = anAttempt(server(), client)
    const landed = await walk(browserOf(server()), attempt.url, await anAccount(server()))
    const { body } = await exchange(server(), client, attempt, landed)
    assert.equal((await call('/accounts/me', { authorization: `Bearer ${body.access_token}` })).outcome, 'in')
  })
})
