import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aJws, anEcKey, anEdKey, anRsaKey } from '../../../test/support/client-keys.ts'
import { anyText } from '../../../test/support/texts.ts'
import { ClientTokenError, verifyClientToken } from './client-token.ts'
import { type PublicKey, parsePublicKey } from './public-keys.ts'

const NOW = 1_795_292_356
const DAY = 86_400
const HEADER = { alg: 'RS256', typ: 'JWT' }
const CLAIMS = { sub: 'api_key_jwt', iss: 'external', iat: NOW, jti: 'abc123', exp: NOW + 3600 }
const rsa = anRsaKey()
const key = known(parsePublicKey(rsa.public_key))

function known(parsed: PublicKey | undefined): PublicKey {
  assert.ok(parsed)
  return parsed
}

/** What is told of a token, or until when it is good. */
function judge(token: string, publicKey = key): string | number {
  try {
    return verifyClientToken(publicKey, token, NOW * 1000 + 500).usable_until - NOW
  } catch (error) {
    assert.ok(error instanceof ClientTokenError)
    return error.message
  }
}

const claiming = (claims: Record<string, unknown>) => judge(aJws(rsa, HEADER, { ...CLAIMS, ...claims }))

test('A token is good until it expires, but no longer than a day after it was made', () => {
  assert.equal(claiming({}), 3600)
  assert.equal(claiming({ exp: String(NOW + 100) }), 100)
  assert.equal(claiming({ iat: undefined }), 3600)
  assert.equal(claiming({ exp: undefined }), DAY)
  assert.equal(claiming({ exp: undefined, iat: NOW - DAY + 1 }), 1)
  assert.equal(claiming({ exp: NOW + 400 * DAY }), DAY)
  assert.equal(claiming({ iat: undefined, exp: NOW + DAY }), DAY)
  assert.equal(claiming({ nbf: NOW }), 3600)
})

test('A token that is wrong is told why, in the words of ruby-jwt', () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ exp: NOW - 10 }, 'ExpiredSignature: Signature has expired'],
    [{ exp: NOW }, 'ExpiredSignature: Signature has expired'],
    [{ exp: 'abc' }, 'ExpiredSignature: Signature has expired'],
    [{ exp: null }, 'ExpiredSignature: Signature has expired'],
    [{ exp: true }, 'ExpiredSignature: Signature has expired'],
    [{ exp: undefined, iat: NOW - DAY }, 'ExpiredSignature: Signature has expired'],
    [{ exp: undefined, iat: undefined }, 'InvalidPayload: Without iat, exp must lie within 24 hours'],
    [{ exp: NOW + DAY + 1, iat: undefined }, 'InvalidPayload: Without iat, exp must lie within 24 hours'],
    [{ nbf: NOW + 1 }, 'ImmatureSignature: Signature nbf has not been reached'],
    [{ iss: 'x' }, 'InvalidIssuerError: Invalid issuer. Expected external, received x'],
    [{ iss: undefined }, 'InvalidIssuerError: Invalid issuer. Expected external, received <none>'],
    [{ iss: ['external'] }, 'InvalidIssuerError: Invalid issuer. Expected external, received ["external"]'],
    [{ iat: NOW + 1 }, 'InvalidIatError: Invalid iat'],
    [{ iat: 'abc' }, 'InvalidIatError: Invalid iat'],
    [{ iat: null }, 'InvalidIatError: Invalid iat'],
    [{ jti: ' ' }, 'InvalidJtiError: Missing jti'],
    [{ jti: undefined }, 'InvalidJtiError: Missing jti'],
    [{ sub: undefined }, 'InvalidSubError: Invalid subject. Expected api_key_jwt, received <none>'],
    [{ sub: 'session' }, 'InvalidSubError: Invalid subject. Expected api_key_jwt, received session'],
    [{ sub: 'x', iss: 'y', iat: NOW + 1000, exp: NOW - 5 }, 'ExpiredSignature: Signature has expired'],
    [{ sub: 'x', jti: '', iat: NOW + 1000 }, 'InvalidIatError: Invalid iat'],
  ]
  for (const [claims, reason] of cases) assert.equal(claiming(claims), `#<JWT::${reason}>`)
  const none = 'Invalid issuer. Expected external, received <none>'
  assert.equal(judge(aJws(rsa, HEADER, {})), `#<JWT::InvalidIssuerError: ${none}>`)
})

test('A token that is not signed by the key, with its algorithm, is refused', () => {
  const good = aJws(rsa, HEADER, CLAIMS)
  const [header = '', payload = '', signature = ''] = good.split('.')
  const segments = '#<JWT::DecodeError: Not enough or too many segments>'
  for (const token of ['a.b', `${header}.${payload}.`, `${good}.x`, 'x', '....', '.'.repeat(1_000_000)])
    assert.equal(judge(token), segments)
  for (const token of ['a.b.c', `${header}..${signature}`, `.${payload}.${signature}`])
    assert.equal(judge(token), '#<JWT::DecodeError: Invalid segment encoding>')
  for (const said of ['W10', 'IngiIA', 'bnVsbA', 'NDI'])
    for (const token of [`${header}.${said}.${signature}`, `${said}.${payload}.${signature}`])
      assert.equal(judge(token), '#<JWT::InvalidPayload: Header and payload must be JSON objects>')
  const different = '#<JWT::IncorrectAlgorithm: Expected a different algorithm>'
  assert.equal(judge(aJws(rsa, { alg: 'RS512' }, CLAIMS, 'sha512')), different)
  assert.equal(judge(aJws(rsa, {}, CLAIMS)), different)
  assert.equal(judge(aJws(rsa, { alg: 'none' }, CLAIMS)), different)
  const unverified = '#<JWT::VerificationError: Signature verification raised>'
  assert.equal(judge(aJws(anRsaKey(), HEADER, CLAIMS)), unverified)
  assert.equal(judge(` ${good}`), unverified)
  assert.equal(
    judge(aJws(rsa, { ...HEADER, crit: ['b64'], b64: true }, CLAIMS)),
    '#<JWT::DecodeError: Unsupported critical header>',
  )
})

test('No text is taken for a token', () => {
  const segment = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  )
  const envelope = fc.array(segment, { maxLength: 5 }).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(fc.oneof(fc.string(), anyText(), envelope), (token) => {
      assert.equal(typeof judge(token), 'string')
    }),
  )
})

test('No token is taken once a character of it was changed, left out or added', () => {
  const ec = anEcKey()
  const ed = anEdKey()
  const tokens = [
    { token: aJws(rsa, HEADER, CLAIMS), publicKey: key },
    { token: aJws(ec, { alg: 'ES256' }, CLAIMS), publicKey: known(parsePublicKey(ec.pem)) },
    { token: aJws(ed, { alg: 'EdDSA' }, CLAIMS, null), publicKey: known(parsePublicKey(ed.pem)) },
  ]
  const mutation = fc.record({
    of: fc.constantFrom(...tokens),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    dropped: fc.nat({ max: 3 }),
    added: fc.string({ maxLength: 3 }),
  })
  for (const { token, publicKey } of tokens) assert.equal(judge(token, publicKey), 3600)
  fc.assert(
    fc.property(mutation, ({ of: { token, publicKey }, at, dropped, added }) => {
      const start = Math.floor(at * token.length)
      const mutant = token.slice(0, start) + added + token.slice(start + dropped)
      const [, , signature = ''] = token.split('.')
      const [, , mutated = ''] = mutant.split('.')
      // The same bytes spelt otherwise are the same signature (RFC 4648, 3.5).
      const same = Buffer.from(mutated, 'base64url').equals(Buffer.from(signature, 'base64url'))
      fc.pre(!same || mutant.slice(0, mutant.lastIndexOf('.')) !== token.slice(0, token.lastIndexOf('.')))
      assert.equal(typeof judge(mutant, publicKey), 'string')
    }),
    { numRuns: 500 },
  )
})

test('Whatever a signed token claims, it is judged and never crashes', () => {
  const claim = fc.oneof(fc.jsonValue(), fc.integer(), fc.constantFrom('external', 'api_key_jwt', NOW, NOW + 60))
  const claims = fc.dictionary(fc.constantFrom('exp', 'nbf', 'iat', 'iss', 'sub', 'jti', 'aud'), claim)
  fc.assert(
    fc.property(claims, (others) => {
      const verdict = claiming(others)
      assert.ok(typeof verdict === 'string' || (verdict > 0 && verdict <= DAY))
    }),
    { numRuns: 300 },
  )
})
