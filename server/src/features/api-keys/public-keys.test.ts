import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { anEcKey, anEdKey, anRsaKey } from '../../../test/support/client-keys.ts'
import { parsePublicKey } from './public-keys.ts'

test('A key is bound to the one algorithm of its type', () => {
  assert.equal(parsePublicKey(anRsaKey().pem)?.algorithm, 'RS256')
  assert.equal(parsePublicKey(anEcKey().pem)?.algorithm, 'ES256')
  assert.equal(parsePublicKey(anEdKey().pem)?.algorithm, 'EdDSA')
})

test('A PEM is read plain, in base64, with and without padding, wrapped or with CRLF, and as PKCS #1', () => {
  const { pem } = anRsaKey()
  const base64 = Buffer.from(pem).toString('base64')
  const pkcs1 = createPublicKey(pem).export({ type: 'pkcs1', format: 'pem' }).toString()
  const texts = [
    pem,
    `\n${pem}\n`,
    pem.replaceAll('\n', '\r\n'),
    pkcs1,
    base64,
    base64.replaceAll('=', ''),
    base64.replaceAll(/.{76}/g, '$&\n'),
    Buffer.from(pem).toString('base64url'),
  ]
  for (const text of texts) assert.equal(parsePublicKey(text)?.algorithm, 'RS256', text)
})

test('Private, weak and exotic keys, certificates and anything after the key are refused', () => {
  const { pem, private_key } = anRsaKey()
  const pkcs8 = private_key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
  const texts = [
    pkcs8,
    Buffer.from(pkcs8).toString('base64url'),
    private_key.export({ type: 'pkcs1', format: 'pem' }).toString(),
    anEcKey().private_key.export({ type: 'sec1', format: 'pem' }).toString(),
    `${pem}${pkcs8}`,
    `${pem}and more`,
    anRsaKey(1024).pem,
    anEcKey('secp256k1').pem,
    anEcKey('P-384').pem,
    pss.toString(),
    pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
    pem.slice(0, 200),
    '',
    'junk',
    `${pem}${' '.repeat(10_000)}`,
  ]
  for (const text of texts) assert.equal(parsePublicKey(text), undefined, text.slice(0, 60))
})

test('No text makes the reader throw', () => {
  const wrapped = fc.base64String().map((body) => `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`)
  const encoded = wrapped.map((text) => Buffer.from(text).toString('base64url'))
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), wrapped, encoded), (text) => {
      assert.equal(parsePublicKey(text), undefined)
    }),
  )
})
