import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { compactVerify, exportJWK, SignJWT } from 'jose'
import { algorithmOf, parseJws, publicJwk, type SigningKey, signJwt, signJwtAside, verifyJws } from './jws.ts'

const pairs = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
} as const
const algorithms = ['RS256', 'ES256', 'EdDSA'] as const
const keyOf = (algorithm: (typeof algorithms)[number]): SigningKey => ({
  kid: algorithm,
  algorithm,
  private_key: pairs[algorithm].privateKey,
  public_key: pairs[algorithm].publicKey,
})

for (const algorithm of algorithms) {
  // ASVS 11.4.1, 11.4.3, 11.6.1
  test(`${algorithm} signatures are understood by another library, and its by us`, async () => {
    const key = keyOf(algorithm)
    const { payload, protectedHeader } = await compactVerify(signJwt(key, { sub: 'session' }), key.public_key)
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), { sub: 'session' })
    assert.deepEqual(protectedHeader, { typ: 'JWT', alg: algorithm, kid: algorithm })
    const theirs = parseJws(await new SignJWT({ a: 1 }).setProtectedHeader({ alg: algorithm }).sign(key.private_key))
    assert.ok(theirs && verifyJws(algorithm, key.public_key, theirs))
    assert.equal(theirs.payload['a'], 1)
  })

  test(`${algorithm} signatures made aside are understood as well`, async () => {
    const key = keyOf(algorithm)
    const { payload, protectedHeader } = await compactVerify(
      await signJwtAside(key, { sub: 'session' }),
      key.public_key,
    )
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), { sub: 'session' })
    assert.deepEqual(protectedHeader, { typ: 'JWT', alg: algorithm, kid: algorithm })
    const wrong = keyOf(algorithm === 'RS256' ? 'EdDSA' : 'RS256')
    await assert.rejects(compactVerify(await signJwtAside(key, {}), wrong.public_key))
  })

  test(`${algorithm} signatures do not hold for another payload, header or key`, () => {
    const key = keyOf(algorithm)
    const token = signJwt(key, { role: 'member' })
    const [header, payload, signature] = token.split('.')
    const forged = Buffer.from('{"role":"admin"}').toString('base64url')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    for (const altered of [
      `${header}.${forged}.${signature}`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.`,
    ]) {
      const jws = parseJws(altered)
      assert.equal(jws && verifyJws(algorithm, key.public_key, jws), false)
    }
  })

  test(`the public JWK of an ${algorithm} key tells nothing private`, async () => {
    const key = keyOf(algorithm)
    const jwk = publicJwk(key)
    assert.deepEqual(jwk, { ...(await exportJWK(key.public_key)), kid: algorithm, alg: algorithm, use: 'sig' })
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.equal(secret in jwk, false)
  })
}

test('what is no compact JWS of two JSON objects is not taken apart', () => {
  const object = Buffer.from('{}').toString('base64url')
  const list = Buffer.from('[]').toString('base64url')
  for (const text of [
    '',
    'a',
    'a.b',
    '...',
    `${object}.${object}`,
    `${object}.${object}.x.y`,
    `${list}.${object}.x`,
    `${object}.${list}.x`,
  ])
    assert.equal(parseJws(text), undefined, text)
})

// ASVS 9.1.2
test('short RSA keys, other curves and other kinds of keys have no algorithm', () => {
  assert.equal(algorithmOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey), undefined)
  assert.equal(algorithmOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey), undefined)
  assert.equal(algorithmOf(generateKeyPairSync('x25519').publicKey), undefined)
  for (const algorithm of algorithms) assert.equal(algorithmOf(pairs[algorithm].publicKey), algorithm)
})
