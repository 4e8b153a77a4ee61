import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { aDpopKey, type DpopKey, proofOf, type Twist } from '../../../test/support/dpop.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../../../test/support/factories.ts'
import { anAddedPasskey } from '../../../test/support/passkeys.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso, MINUTE, seconds } from '../../lib/clock.ts'
import { hexToken } from '../../lib/ids.ts'
import type { Account } from '../../platform/db/schema.ts'

const INVALID = 'The DPoP proof is missing or invalid'
const USED = 'The DPoP proof was used before'

onEachDatabase('A session that is bound to a key (DPoP)', (newDatabase) => {
  const server = sharedServer(newDatabase)

  const prove = (key: DpopKey, method: string, path: string, token?: string, twist?: Twist) => {
    const line = { method, url: `http://barong.test/api/v1${path}`, now: seconds(server().clock.now()) }
    return proofOf(key, { ...line, ...(token === undefined ? {} : { token }) }, twist)
  }
  const signIn = async (account: Account, headers: Record<string, string> = {}, password = PASSWORD) => {
    const json = { email: account.email, password, application_id: (await anApplication(server())).uid }
    return server().call('POST', '/sessions', { json, headers })
  }
  const aBoundToken = async (key: DpopKey, account?: Account): Promise<string> => {
    const { status, body } = await signIn(account ?? (await anAccount(server())), {
      dpop: await prove(key, 'POST', '/sessions'),
    })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const me = async (headers: Record<string, string>) => {
    const { status, body } = await server().call('GET', '/accounts/me', { headers })
    return status < 300 ? 'in' : `${status} ${body.error}`
  }
  const rowOf = (token: string) =>
    server()
      .deps.db.selectFrom('sessions')
      .selectAll()
      .where('jti', '=', decodeJwt(token).jti ?? '')
      .executeTakeFirstOrThrow()

  // ASVS 10.3.5
  test('begins with a proof, and is open to who shows the key with each request', async () => {
    for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as const) {
      const key = aDpopKey(algorithm)
      const token = await aBoundToken(key)
      assert.deepEqual(decodeJwt(token)['cnf'], { jkt: key.jkt })
      assert.equal((await rowOf(token)).jkt, key.jkt)
      const dpop = await prove(key, 'GET', '/accounts/me', token)
      assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), 'in', algorithm)
    }
  })

  test('is the only one at an application all of whose tokens are bound (RFC 9449, section 5.2)', async () => {
    const { uid, id } = await anApplication(server())
    const tokens_bound_at = iso(server().clock.now())
    await server().deps.db.updateTable('applications').set({ tokens_bound_at }).where('id', '=', id).execute()
    const { email } = await anAccount(server())
    const json = { email, password: PASSWORD, application_id: uid }
    const refused = await server().call('POST', '/sessions', { json })
    assert.deepEqual([refused.status, refused.body], [401, { error: INVALID }])
    assert.match(String(refused.headers['www-authenticate']), /^DPoP .*error="invalid_dpop_proof"/)
    const headers = { dpop: await prove(aDpopKey(), 'POST', '/sessions') }
    assert.equal((await server().call('POST', '/sessions', { json, headers })).status, 201)
  })

  test('is what one without a key becomes when it is renewed, once its application has no others', async () => {
    const { uid, id } = await anApplication(server())
    const json = { email: (await anAccount(server())).email, password: PASSWORD, application_id: uid }
    const begun = await server().call('POST', '/sessions', { json })
    const renew = (headers: Record<string, string> = {}) =>
      server().call('POST', '/security/renew', { headers: { authorization: `Bearer ${begun.body}`, ...headers } })
    assert.equal((await renew()).status, 201)
    const tokens_bound_at = iso(server().clock.now())
    await server().deps.db.updateTable('applications').set({ tokens_bound_at }).where('id', '=', id).execute()
    const refused = await renew()
    assert.deepEqual([refused.status, refused.body], [401, { error: INVALID }])
    assert.match(String(refused.headers['www-authenticate']), /^DPoP .*error="invalid_dpop_proof"/)
    const key = aDpopKey()
    const renewed = await renew({ dpop: await prove(key, 'POST', '/security/renew') })
    assert.deepEqual([renewed.status, decodeJwt(renewed.body)['cnf']], [201, { jkt: key.jkt }])
  })

  // ASVS 10.3.5
  test('begins with a passkey and a proof as well; a proof that is wrong uses no passkey up', async () => {
    const key = aDpopKey()
    const { passkey } = await anAddedPasskey(server(), await anAccount(server()))
    const application_id = (await anApplication(server())).uid
    const options = (await server().call('POST', '/sessions/passkey/options')).body
    const json = { credential: passkey.get(options), application_id }
    const begin = (dpop: string) => server().call('POST', '/sessions/passkey', { json, headers: { dpop } })
    const elsewhere = await begin(await prove(key, 'POST', '/sessions'))
    assert.deepEqual([elsewhere.status, elsewhere.body.error], [401, INVALID])
    const { status, body: token } = await begin(await prove(key, 'POST', '/sessions/passkey'))
    assert.equal(status, 201, JSON.stringify(token))
    assert.deepEqual(decodeJwt(token)['cnf'], { jkt: key.jkt })
    assert.equal((await rowOf(token)).jkt, key.jkt)
    const dpop = await prove(key, 'GET', '/accounts/me', token)
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), 'in')
    assert.equal(await me({ authorization: `Bearer ${token}` }), '401 The access token is invalid')
  })

  test('is what nobody has who shows none: their tokens are those of 1.8', async () => {
    const { status, body: token } = await signIn(await anAccount(server()))
    assert.equal(status, 201)
    assert.equal('cnf' in decodeJwt(token), false)
    assert.equal((await rowOf(token)).jkt, null)
    assert.equal(await me({ authorization: `Bearer ${token}`, dpop: 'x' }), 'in')
  })

  // ASVS 10.3.5
  test('is nothing to who has the token alone: as a bearer token, with another key, or with a proof of before', async () => {
    const [key, other] = [aDpopKey(), aDpopKey()]
    const token = await aBoundToken(key)
    const own = () => prove(key, 'GET', '/accounts/me', token)
    const used = await own()
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop: used }), 'in')
    for (const [what, headers, outcome] of [
      ['a bearer token', { authorization: `Bearer ${token}` }, '401 The access token is invalid'],
      [
        'a bearer token with a proof',
        { authorization: `Bearer ${token}`, dpop: await own() },
        '401 The access token is invalid',
      ],
      ['no proof', { authorization: `DPoP ${token}` }, `401 ${INVALID}`],
      [
        'another key',
        { authorization: `DPoP ${token}`, dpop: await prove(other, 'GET', '/accounts/me', token) },
        `401 ${INVALID}`,
      ],
      [
        'another token',
        { authorization: `DPoP ${token}`, dpop: await prove(key, 'GET', '/accounts/me', await aBoundToken(key)) },
        `401 ${INVALID}`,
      ],
      [
        'another method',
        { authorization: `DPoP ${token}`, dpop: await prove(key, 'POST', '/accounts/me', token) },
        `401 ${INVALID}`,
      ],
      [
        'another address',
        { authorization: `DPoP ${token}`, dpop: await prove(key, 'GET', '/labels', token) },
        `401 ${INVALID}`,
      ],
      [
        'the proof of the sign-in',
        { authorization: `DPoP ${token}`, dpop: await prove(key, 'POST', '/sessions') },
        `401 ${INVALID}`,
      ],
      ['a proof that came before', { authorization: `DPoP ${token}`, dpop: used }, `401 ${USED}`],
    ] as const)
      assert.equal(await me(headers), outcome, what)
  })

  // ASVS 10.3.5
  test('does not begin with a proof that is for something else, of another time, or of a confused algorithm', async () => {
    const [key, other] = [aDpopKey(), aDpopKey()]
    const account = await anAccount(server())
    const now = seconds(server().clock.now())
    const { d } = key.private_key.export({ format: 'jwk' })
    const twists: Record<string, Twist> = {
      'another method': { claims: { htm: 'GET' } },
      'another path': { claims: { htu: 'http://barong.test/api/v1/sessions/generate_jwt' } },
      'another server': { claims: { htu: 'http://evil.example/api/v1/sessions' } },
      'no address': { claims: { htu: undefined } },
      'too long ago': { claims: { iat: now - 61 } },
      'in time to come': { claims: { iat: now + 62 } },
      'no time': { claims: { iat: undefined } },
      'a time that is none': { claims: { iat: String(now) } },
      'no id': { claims: { jti: undefined } },
      'another type': { header: { typ: 'JWT' } },
      'an extension': { header: { crit: ['b64'], b64: true } },
      'a signature of another key': { signer: other },
      'a private key in it': { header: { jwk: { ...key.public_jwk, d } } },
      'no key in it': { header: { jwk: undefined } },
    }
    const refused = async (what: string, dpop: string) => {
      const { status, body, headers } = await signIn(account, { dpop })
      assert.deepEqual([status, body], [401, { error: INVALID }], what)
      assert.match(
        String(headers['www-authenticate']),
        /^DPoP algs="ES256 RS256 EdDSA Ed25519", error="invalid_dpop_proof"/,
      )
    }
    for (const [what, twist] of Object.entries(twists))
      await refused(what, await prove(key, 'POST', '/sessions', undefined, twist))
    const [, payload = ''] = (await prove(key, 'POST', '/sessions')).split('.')
    const encode = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    await refused('no signature', `${encode({ typ: 'dpop+jwt', alg: 'none', jwk: key.public_jwk })}.${payload}.`)
    const head = encode({ typ: 'dpop+jwt', alg: 'HS256', jwk: key.public_jwk })
    const mac = createHmac('sha256', JSON.stringify(key.public_jwk)).update(`${head}.${payload}`).digest('base64url')
    await refused('the public key as a secret', `${head}.${payload}.${mac}`)
    const symmetric = encode({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } })
    await refused('a secret for a key', `${symmetric}.${payload}.${mac}`)
    for (const dpop of ['', 'x', `${await prove(key, 'POST', '/sessions')}, ${await prove(key, 'POST', '/sessions')}`])
      await refused(`'${dpop}'`, dpop)
    const sessions = server().deps.db.selectFrom('sessions').select('id').where('account_id', '=', account.id)
    assert.deepEqual(await sessions.execute(), [])
  })

  test('does not begin by a key that is costly to verify with', async () => {
    const account = await anAccount(server())
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 0x1000000f })
    const key = { ...aDpopKey('RS256'), private_key: privateKey, public_jwk: publicKey.export({ format: 'jwk' }) }
    const { status } = await signIn(account, { dpop: await prove(key, 'POST', '/sessions') })
    assert.equal(status, 401)
  })

  test('begins by a clock that is a minute off, either way', async () => {
    const now = seconds(server().clock.now())
    for (const iat of [now - 59, now + 59]) {
      const dpop = await prove(aDpopKey(), 'POST', '/sessions', undefined, { claims: { iat } })
      assert.equal((await signIn(await anAccount(server()), { dpop })).status, 201)
    }
  })

  // ASVS 10.3.5
  test('begins once for one proof, also of many who bring it at once, and not by a wrong password', async () => {
    const account = await anAccount(server())
    const dpop = await prove(aDpopKey(), 'POST', '/sessions')
    assert.equal((await signIn(account, { dpop }, 'wrong')).status, 401)
    const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(account, { dpop })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 401, 401, 401, 401])
    assert.ok(answers.every(({ status, body }) => status === 201 || body.error === USED))
    const sessions = server().deps.db.selectFrom('sessions').select('id').where('account_id', '=', account.id)
    assert.equal((await sessions.execute()).length, 1)
  })

  // ASVS 10.3.5
  test('is renewed to tokens of the same key, and never to one of another or of none', async () => {
    const [key, other] = [aDpopKey(), aDpopKey()]
    const token = await aBoundToken(key)
    const renew = (headers: Record<string, string>) => server().call('POST', '/security/renew', { json: {}, headers })
    const authorization = `DPoP ${token}`
    for (const [what, headers] of [
      ['without a proof', { authorization }],
      ['as a bearer token', { authorization: `Bearer ${token}` }],
      [
        'as a bearer token, with a proof',
        { authorization: `Bearer ${token}`, dpop: await prove(key, 'POST', '/security/renew') },
      ],
      ['by another key', { authorization, dpop: await prove(other, 'POST', '/security/renew', token) }],
      ['by a proof of no token', { authorization, dpop: await prove(key, 'POST', '/security/renew') }],
    ] as const)
      assert.equal((await renew(headers)).status, 401, what)
    const dpop = await prove(key, 'POST', '/security/renew', token)
    const { status, body: renewed } = await renew({ authorization, dpop })
    assert.equal(status, 201)
    assert.deepEqual(decodeJwt(renewed)['cnf'], { jkt: key.jkt })
    assert.equal((await rowOf(renewed)).jkt, key.jkt)
    assert.equal((await renew({ authorization, dpop })).body.error, USED)
    assert.equal(await me({ authorization: `Bearer ${renewed}` }), '401 The access token is invalid')
    const again = await prove(key, 'GET', '/accounts/me', renewed)
    assert.equal(await me({ authorization: `DPoP ${renewed}`, dpop: again }), 'in')
  })

  test('may come of one that was bound to none, once a key is shown', async () => {
    const key = aDpopKey()
    const token = await aToken(server(), await anAccount(server()))
    const dpop = await prove(key, 'POST', '/security/renew')
    const renew = () => server().call('POST', '/security/renew', { json: {}, token, headers: { dpop } })
    const { status, body } = await renew()
    assert.equal(status, 201)
    assert.deepEqual(decodeJwt(body)['cnf'], { jkt: key.jkt })
    assert.equal((await renew()).body.error, USED)
    const wrong = await server().call('POST', '/security/renew', { json: {}, token, headers: { dpop: 'x' } })
    assert.equal(wrong.body.error, INVALID)
  })

  test('is not open to a token whose row names another key, or none', async () => {
    const key = aDpopKey()
    const token = await aBoundToken(key)
    const { jti = '' } = decodeJwt(token)
    await server().deps.db.updateTable('sessions').set({ jkt: aDpopKey().jkt }).where('jti', '=', jti).execute()
    const dpop = await prove(key, 'GET', '/accounts/me', token)
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), '401 The access token is invalid')
    const plain = await aToken(server(), await anAccount(server()))
    const { jti: its = '' } = decodeJwt(plain)
    await server().deps.db.updateTable('sessions').set({ jkt: key.jkt }).where('jti', '=', its).execute()
    assert.equal(await me({ authorization: `Bearer ${plain}` }), '401 The access token is invalid')
  })

  test('forgets a proof when it is too old to come back, and not before', async () => {
    const key = aDpopKey()
    const token = await aBoundToken(key)
    const now = seconds(server().clock.now())
    const jti = hexToken(8)
    const late = { claims: { jti, iat: now + 59 } }
    const dpop = await prove(key, 'GET', '/accounts/me', token, late)
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), 'in')
    server().clock.advance(2 * MINUTE - 2000)
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), `401 ${USED}`)
    server().clock.advance(MINUTE)
    assert.equal(await me({ authorization: `DPoP ${token}`, dpop }), `401 ${INVALID}`)
  })
})
