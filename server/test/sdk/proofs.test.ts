import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { admit } from '../../../sdk/src/bearer.ts'
import { rememberProofs, type Verifier } from '../../../sdk/src/verifier.ts'
import { endSessions } from '../../src/features/accounts/accounts.ts'
import { MINUTE, seconds } from '../../src/lib/clock.ts'
import { hexToken } from '../../src/lib/ids.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aDpopKey, type DpopKey, proofOf, sha256, type Twist } from '../support/dpop.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { eventually } from '../support/program.ts'
import { sharedServer } from '../support/shared-server.ts'
import { verifierOf } from './verifiers.ts'

const ORIGIN = 'https://trade.example'

onEachDatabase('A service that takes tokens that are bound to keys', (newDatabase) => {
  const server = sharedServer(newDatabase)
  const now = () => seconds(server().clock.now())

  const aBoundToken = async (key: DpopKey) => {
    const account = await anAccount(server())
    const json = { email: account.email, password: PASSWORD, application_id: (await anApplication(server())).uid }
    const dpop = await proofOf(key, { method: 'POST', url: 'http://barong.test/api/v1/sessions', now: now() })
    const { status, body } = await server().call('POST', '/sessions', { json, headers: { dpop } })
    assert.equal(status, 201)
    return { account, token: String(body) }
  }
  const prove = (key: DpopKey, token: string, twist?: Twist) =>
    proofOf(key, { method: 'POST', url: `${ORIGIN}/orders`, token, now: now() }, twist)
  const ask = async (verifier: Verifier, authorization: string, dpop?: string | string[], target = '/orders?x=1') => {
    const admission = await admit(verifier, { method: 'POST', target, authorization, dpop }, {})
    if ('claims' in admission) return 'in'
    const { status, headers, body } = admission.denial
    return `${status} ${body.reason ?? body.error} ${headers['www-authenticate'] ?? ''}`.trim()
  }
  const verifier = (more: object = {}) => verifierOf(server(), { dpop: { origin: ORIGIN, ...more } })

  // ASVS 10.3.5
  test('lets in who shows the key, and nobody who has the token, or a proof of something else', async () => {
    await using service = verifier()
    const [key, other] = [aDpopKey(), aDpopKey()]
    const { token } = await aBoundToken(key)
    const { token: another } = await aBoundToken(key)
    const { d } = key.private_key.export({ format: 'jwk' })
    const used = await prove(key, token)
    assert.equal(await ask(service, `DPoP ${token}`, used), 'in')
    assert.match(await ask(service, `DPoP ${token}`, used), /^401 used_proof .*DPoP algs=.*error="invalid_dpop_proof"/)
    assert.equal(await ask(service, `dpop ${token}`, await prove(key, token), '/%6Frders'), 'in')
    for (const [what, twist] of Object.entries({
      'another method': { claims: { htm: 'GET' } },
      'another path': { claims: { htu: `${ORIGIN}/withdraws` } },
      'another service': { claims: { htu: 'https://evil.example/orders' } },
      'no address': { claims: { htu: undefined } },
      'another token': { claims: { ath: sha256(another) } },
      'no token': { claims: { ath: undefined } },
      'another key': { header: { jwk: other.public_jwk }, signer: other },
      'a signature of another key': { signer: other },
      'a private key in it': { header: { jwk: { ...key.public_jwk, d } } },
      'another type': { header: { typ: 'JWT' } },
      'an extension': { header: { crit: ['b64'], b64: true } },
      'too long ago': { claims: { iat: now() - 61 } },
      'in time to come': { claims: { iat: now() + 62 } },
      'no time': { claims: { iat: undefined } },
      'no id': { claims: { jti: undefined } },
    } satisfies Record<string, Twist>))
      assert.match(await ask(service, `DPoP ${token}`, await prove(key, token, twist)), /^401 wrong_proof /, what)
    const [, payload = ''] = (await prove(key, token)).split('.')
    const encode = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    const head = encode({ typ: 'dpop+jwt', alg: 'HS256', jwk: key.public_jwk })
    const mac = createHmac('sha256', JSON.stringify(key.public_jwk)).update(`${head}.${payload}`).digest('base64url')
    const none = `${encode({ typ: 'dpop+jwt', alg: 'none', jwk: key.public_jwk })}.${payload}.`
    const two = [await prove(key, token), await prove(key, token)]
    for (const dpop of [undefined, '', 'x', none, `${head}.${payload}.${mac}`, two.join(', '), two, 'x'.repeat(9000)])
      assert.match(await ask(service, `DPoP ${token}`, dpop), /^401 wrong_proof /, String(dpop))
    assert.match(await ask(service, `Bearer ${token}`, await prove(key, token)), /^401 bound_to_key /)
    for (const iat of [now() - 59, now() + 59])
      assert.equal(await ask(service, `DPoP ${token}`, await prove(key, token, { claims: { iat } })), 'in')
  })

  test('takes bearer tokens as well, unless it says that it wants none, and challenges for what it takes', async () => {
    await using both = verifier()
    await using bound = verifier({ required: true })
    await using neither = verifierOf(server())
    const key = aDpopKey()
    const [{ token }, plain] = [await aBoundToken(key), await aToken(server(), await anAccount(server()))]
    assert.equal(await ask(both, `Bearer ${plain}`), 'in')
    assert.match(await ask(both, `DPoP ${plain}`, await prove(key, plain)), /^401 bound_to_none /)
    assert.match(await ask(bound, `Bearer ${plain}`), /^401 bound_to_none DPoP algs="[^"]+", error="invalid_token"$/)
    assert.equal(await ask(bound, `DPoP ${token}`, await prove(key, token)), 'in')
    assert.equal(await ask(neither, `DPoP ${token}`, await prove(key, token)), '401 A token is needed Bearer')
    assert.match(await ask(neither, `Bearer ${token}`), /^401 bound_to_key Bearer error="invalid_token"$/)
    assert.equal(await ask(both, ''), '401 A token is needed Bearer, DPoP algs="ES256 RS256 EdDSA Ed25519"')
    assert.deepEqual(await bound.verify(token), { refused: 'bound_to_key' })
  })

  test('takes a proof once, also of many at once, and says so where it can remember no more', async () => {
    const memory = rememberProofs(server().clock.now, 3)
    await using service = verifierOf(server(), { dpop: { origin: ORIGIN, memory }, revocations: false })
    const key = aDpopKey()
    const { token, account } = await aBoundToken(key)
    const late = { claims: { jti: hexToken(8), iat: now() + 59 } }
    const dpop = await prove(key, token, late)
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => ask(service, `DPoP ${token}`, dpop)))
    assert.deepEqual(outcomes.filter((outcome) => outcome === 'in').length, 1)
    for (const expected of ['in', 'in', '503 proofs_unavailable'])
      assert.equal(await ask(service, `DPoP ${token}`, await prove(key, token)), expected)
    server().clock.advance(2 * MINUTE - 2000)
    assert.match(
      await ask(service, `DPoP ${token}`, dpop),
      /^401 (used|wrong)_proof /,
      'nothing is forgotten too early',
    )
    server().clock.advance(2 * MINUTE)
    assert.equal(await ask(service, `DPoP ${token}`, await prove(key, token)), 'in', 'what is over makes room')
    await server()
      .deps.db.transaction()
      .execute((tx) => endSessions(server().deps, tx, account))
    await using feed = verifier()
    const ended = async () =>
      /^401 revoked /.test(await ask(feed, `DPoP ${token}`, await prove(key, token))) || undefined
    assert.ok(await eventually(ended))
  })

  test('says at once where its own address is none', () => {
    for (const origin of ['trade.example', 'ftp://trade.example', ''])
      assert.throws(() => verifierOf(server(), { dpop: { origin } }), TypeError)
  })
})
