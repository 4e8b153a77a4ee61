import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysOfText } from './keys.ts'

test('what is typed as keys of an application is a set, one key, an address, or none', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: 'abc' }
  assert.deepEqual(keysOfText('  '), { jwks: null, jwks_uri: null })
  assert.deepEqual(keysOfText(' https://shop.example/keys\n'), { jwks: null, jwks_uri: 'https://shop.example/keys' })
  assert.deepEqual(keysOfText(JSON.stringify({ keys: [key] }, null, 2)), { jwks: { keys: [key] }, jwks_uri: null })
  assert.deepEqual(keysOfText(JSON.stringify(key)), { jwks: { keys: [key] }, jwks_uri: null })
  assert.deepEqual(keysOfText('{"keys": ['), { jwks: { keys: [] }, jwks_uri: null }, 'which the server refuses')
})
