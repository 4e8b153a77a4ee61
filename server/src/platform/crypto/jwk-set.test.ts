import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { readJwkSet, usableKeys } from './jwk-set.ts'

const pair = (crv: 'P-256' | 'P-384') => generateKeyPairSync('ec', { namedCurve: crv })
const ec = pair('P-256').publicKey.export({ format: 'jwk' })
const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })

test('public keys of each kind are read, and nothing of them is kept that does not count', () => {
  const strong = rsa(2048)
  const given = [
    { ...ec, kid: 'a', use: 'sig', alg: 'ES256', x5c: ['x'], note: 'mine' },
    { ...ed, kid: 'b', alg: 'Ed25519' },
    { ...strong, kid: 'c', key_ops: ['verify'] },
  ]
  assert.deepEqual(readJwkSet({ keys: given, name: 'x' }), {
    keys: [
      { ...ec, kid: 'a', use: 'sig', alg: 'ES256' },
      { ...ed, kid: 'b', alg: 'Ed25519' },
      { ...strong, kid: 'c' },
    ],
  })
})

// ASVS 11.4.1, 11.6.1
test('what is no set of such keys is refused with the reason', () => {
  const wrong: [unknown, RegExp][] = [
    [undefined, /^jwks must be a JWK Set of 1 to 20 keys/],
    [[ec], /^jwks must be a JWK Set/],
    [{ keys: [] }, /^jwks must be a JWK Set/],
    [{ keys: Array.from({ length: 21 }, () => ec) }, /1 to 20 keys/],
    [{ keys: ['x'] }, /^jwks\.keys\[0\] must be a JWK$/],
    [
      { keys: [ec, pair('P-256').privateKey.export({ format: 'jwk' })] },
      /^jwks\.keys\[1\] must be a public key: it has "d"/,
    ],
    [{ keys: [{ kty: 'oct', k: 'AAAA' }] }, /must be a public key: it has "k"/],
    [{ keys: [{ kty: 'oct' }] }, /must be RSA of 2048 bits or more, P-256 or Ed25519$/],
    [{ keys: [rsa(1024)] }, /must be RSA of 2048 bits or more/],
    [{ keys: [pair('P-384').publicKey.export({ format: 'jwk' })] }, /must be RSA of 2048 bits or more, P-256/],
    [{ keys: [{ ...ec, x: ec.y, y: ec.x }] }, /must be RSA/],
    [{ keys: [{ ...ec, use: 'enc' }] }, /must be for signatures/],
    [{ keys: [{ ...ec, alg: 'RS256' }] }, /must be ES256, or left out/],
    [{ keys: [{ ...rsa(2048), alg: 'RS1' }] }, /must be PS256 or RS256, or left out/],
    [{ keys: [{ ...ec, kid: 7 }] }, /must have texts/],
    [{ keys: [{ ...ec, kid: 'x'.repeat(2001) }] }, /must have texts/],
    [
      {
        keys: [
          { ...ec, kid: 'a' },
          { ...ed, kid: 'a' },
        ],
      },
      /must each have a kid of its own/,
    ],
    [{ keys: [ec, ed] }, /must each have a kid of its own/],
  ]
  for (const [value, reason] of wrong) {
    const read = readJwkSet(value)
    assert.ok(
      typeof read === 'string' && reason.test(read),
      `${JSON.stringify(value)?.slice(0, 80)}: ${JSON.stringify(read)}`,
    )
  }
})

test('of a published set what can be used is used', () => {
  const keys = [{ kty: 'oct', k: 'AAAA' }, null, { ...ec, kid: 'a' }, { ...ec, use: 'enc' }]
  assert.deepEqual(usableKeys({ keys }), { keys: [{ ...ec, kid: 'a' }] })
  assert.deepEqual(usableKeys('nothing'), { keys: [] })
})

test('of a published set no more than twenty keys are looked at, however many there are', () => {
  const keys = Array.from({ length: 25 }, (_, number) => ({ ...ec, kid: String(number) }))
  assert.deepEqual(usableKeys({ keys }), { keys: keys.slice(0, 20) })
})
