import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseManagementPolicy } from '../../platform/config/management-api/load.ts'
import { expiryOf, wrongClaim } from './claims.ts'

const NOW = 1_800_000_000

describe('The registered claims of a request', () => {
  const CLAIMS: [string, Record<string, unknown>, (now: number) => Record<string, unknown>, boolean][] = [
    ['an exp that is over', {}, (now) => ({ exp: now - 60 }), false],
    ['an exp that ends now', {}, (now) => ({ exp: now }), false],
    ['an exp that is over by less than the leeway', { exp_leeway: 60 }, (now) => ({ exp: now - 59 }), true],
    ['an exp that is over and not verified', { verify_expiration: false }, (now) => ({ exp: now - 60 }), true],
    ['an exp that is null', {}, () => ({ exp: null }), false],
    ['an exp to come in digits of a text', {}, (now) => ({ exp: String(now + 60) }), true],
    ['an exp that is over in digits of a text', {}, (now) => ({ exp: String(now - 60) }), false],
    ['an exp in other text', {}, (now) => ({ exp: `${now + 60}s` }), false],
    ['an nbf that was in digits of a text', {}, (now) => ({ nbf: String(now - 10) }), true],
    ['an nbf to come in digits of a text', {}, (now) => ({ nbf: String(now + 10) }), false],
    ['an nbf in other text', {}, () => ({ nbf: '' }), false],
    ['no exp', {}, () => ({}), true],
    ['no exp where one is required', { require_exp: true }, () => ({}), false],
    ['an nbf to come', {}, (now) => ({ nbf: now + 10 }), false],
    ['an nbf to come within the leeway', { leeway: 10 }, (now) => ({ nbf: now + 10 }), true],
    ['an nbf to come that is not verified', { verify_not_before: false }, (now) => ({ nbf: now + 10 }), true],
    ['an iat to come', {}, (now) => ({ iat: now + 200 }), true],
    ['an iat to come that is verified', { verify_iat: true }, (now) => ({ iat: now + 200 }), false],
    ['an iat that was', { verify_iat: true }, (now) => ({ iat: now - 3 }), true],
    ['an iat that is text', { verify_iat: true }, (now) => ({ iat: String(now) }), false],
    ['the right issuer', { verify_iss: true, iss: 'qux' }, () => ({ iss: 'qux' }), true],
    ['a wrong issuer', { verify_iss: true, iss: 'qux' }, () => ({ iss: 'hacker' }), false],
    ['no issuer', { verify_iss: true, iss: ['qux'] }, () => ({}), false],
    ['the right audience', { verify_aud: true, aud: ['foo', 'bar'] }, () => ({ aud: ['bar', 'baz'] }), true],
    ['a wrong audience', { verify_aud: true, aud: 'foo' }, () => ({ aud: ['baz'] }), false],
    ['no audience', { verify_aud: true, aud: 'foo' }, () => ({}), false],
    ['the right subject', { verify_sub: true, sub: 'api' }, () => ({ sub: 'api' }), true],
    ['a wrong subject', { verify_sub: true, sub: 'api' }, () => ({ sub: 'session' }), false],
    ['a jti', { verify_jti: true }, () => ({ jti: '1' }), true],
    ['no jti', { verify_jti: true }, () => ({}), false],
    ['a blank jti', { verify_jti: true }, () => ({ jti: ' ' }), false],
  ]
  for (const [title, jwt, claims, expected] of CLAIMS) {
    const options = Object.keys(jwt).length === 0 ? '' : ` with ${Object.keys(jwt).join(', ')}`
    test(`${expected ? 'hold' : 'do not hold'} with ${title}${options}`, () => {
      const rules = parseManagementPolicy(JSON.stringify({ jwt }), 'test').claims
      assert.equal(wrongClaim(rules, claims(NOW), NOW) === undefined, expected)
    })
  }

  test('end at the same time whether an exp is a number or its digits', () => {
    const rules = parseManagementPolicy(JSON.stringify({ jwt: { exp_leeway: 5 } }), 'test').claims
    assert.deepEqual([expiryOf(rules, { exp: NOW }), expiryOf(rules, { exp: String(NOW) })], [NOW + 5, NOW + 5])
  })
})
