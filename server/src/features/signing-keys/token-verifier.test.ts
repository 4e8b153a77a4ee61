import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aJws } from '../../../test/support/client-keys.ts'
import { type SigningKey, signJwt } from '../../platform/crypto/jws.ts'
import { generateSigningKey } from './key-pairs.ts'
import { createTokenVerifier } from './token-verifier.ts'

const key = generateSigningKey('ES256')
const tokenOf = (jti: string, signer: SigningKey = key) =>
  signJwt(signer, { jti, sub: 'session', iss: 'barong', exp: 4_102_444_800 })

/** Counts how often the key of a new token is asked for, which is once for a check of its signature. */
function verifierOf(keys: SigningKey[], remembered?: number) {
  let asked = 0
  const find = (kid: string) => {
    asked += 1
    return keys.find((candidate) => candidate.kid === kid)
  }
  return { verify: createTokenVerifier(find, remembered), keys, asked: () => asked }
}

test('A token is known again, and its claims are the same', () => {
  const { verify } = verifierOf([key])
  const token = tokenOf('A')
  const first = verify(token)
  assert.equal(first?.jti, 'A')
  assert.equal(verify(token), first)
})

test('A remembered token ends with the key that signed it', () => {
  const { verify, keys } = verifierOf([key])
  const token = tokenOf('A')
  assert.ok(verify(token))
  keys.pop()
  assert.equal(verify(token), undefined)
  keys.push(key)
  assert.ok(verify(token))
})

test('Of more tokens than are remembered, the one unused for longest is forgotten', () => {
  const { verify } = verifierOf([key], 2)
  const [a, b, c] = [tokenOf('A'), tokenOf('B'), tokenOf('C')]
  const [firstA, firstB] = [verify(a), verify(b)]
  assert.equal(verify(a), firstA)
  verify(c)
  assert.equal(verify(a), firstA, 'A was used after B')
  assert.notEqual(verify(b), firstB, 'B was forgotten, and verified anew')
  assert.equal(verify(b)?.jti, 'B')
})

// ASVS 9.1.2, 9.1.3, 9.2.1
test('What is not signed by a key of ours is never remembered', () => {
  const { verify, asked } = verifierOf([key])
  const forged = tokenOf('A', { ...generateSigningKey('ES256'), kid: key.kid })
  assert.equal(verify(forged), undefined)
  assert.equal(verify(forged), undefined)
  assert.equal(asked(), 2)
  const claims = { jti: 'A', sub: 'session', iss: 'barong', exp: 4_102_444_800 }
  assert.ok(verify(signJwt(key, claims)))
  const { iss: _, ...anonymous } = claims
  for (const other of [anonymous, { ...claims, iss: 'https://barong.example' }, { ...claims, exp: '4102444800' }])
    assert.equal(verify(signJwt(key, other)), undefined, JSON.stringify(other))
  for (const algorithm of ['RS256', 'EdDSA', 'HS256', 'none', undefined])
    assert.equal(verify(aJws(key, { typ: 'JWT', alg: algorithm, kid: key.kid }, claims)), undefined, String(algorithm))
  assert.ok(verify(aJws(key, { typ: 'JWT', alg: 'ES256', kid: key.kid }, claims)))
  for (const wrong of ['', 'a.b', 'a.b.c', `${tokenOf('A')}x`, tokenOf('A').slice(0, -4)])
    assert.equal(verify(wrong), undefined)
})
