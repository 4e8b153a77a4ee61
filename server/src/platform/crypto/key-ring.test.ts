import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyRing } from './key-ring.ts'

const [old, young] = [randomBytes(32), randomBytes(32)]
const ring = createKeyRing([old])

test('opens what it sealed, byte for byte, and never seals twice alike', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (plaintext, context) => {
      const sealed = ring.seal('test', context, plaintext)
      assert.notEqual(sealed, ring.seal('test', context, plaintext))
      assert.deepEqual(ring.open('test', context, sealed), Buffer.from(plaintext))
    }),
  )
})

// ASVS 11.3.1, 11.3.2, 11.3.3
test('refuses a sealed text of which any byte was changed', () => {
  const [id, text = ''] = ring.seal('test', 'row 1', 'secret').split('.')
  const body = Buffer.from(text, 'base64url')
  for (let index = 0; index < body.length; index++) {
    const altered = Buffer.from(body)
    altered[index] = (altered[index] ?? 0) ^ 1
    assert.throws(() => ring.open('test', 'row 1', `${id}.${altered.toString('base64url')}`), `byte ${index}`)
  }
})

test('refuses a sealed text that was cut off, however short', () => {
  const [id, text = ''] = ring.seal('test', 'row 1', '').split('.')
  const body = Buffer.from(text, 'base64url')
  for (let length = 0; length < body.length; length++)
    assert.throws(() => ring.open('test', 'row 1', `${id}.${body.subarray(0, length).toString('base64url')}`))
  assert.throws(() => ring.open('test', 'row 1', ''))
})

test('opens nothing in another row or for another purpose', () => {
  const sealed = ring.seal('totp', 'ID1', 'secret')
  assert.throws(() => ring.open('totp', 'ID2', sealed))
  assert.throws(() => ring.open('signing-key', 'ID1', sealed))
})

test('with several master keys seals under the first and opens under all', () => {
  const sealed = ring.seal('test', 'row 1', 'secret')
  const both = createKeyRing([young, old])
  assert.equal(both.open('test', 'row 1', sealed).toString(), 'secret')
  const fresh = both.seal('test', 'row 1', 'secret')
  assert.equal(createKeyRing([young]).open('test', 'row 1', fresh).toString(), 'secret')
  assert.throws(() => ring.open('test', 'row 1', fresh), /master key [0-9a-f]{8}, which is not configured/)
})

test('digests and derives by purpose and master key', () => {
  assert.equal(ring.digest('unlock', 'token'), createKeyRing([old, young]).digest('unlock', 'token'))
  assert.match(ring.digest('unlock', 'token'), /^[0-9a-f]{64}$/)
  assert.notEqual(ring.digest('unlock', 'token'), ring.digest('reset', 'token'))
  assert.notEqual(ring.digest('unlock', 'token'), createKeyRing([young]).digest('unlock', 'token'))
  assert.equal(ring.derive('cookies').length, 32)
  assert.notDeepEqual(ring.derive('cookies'), ring.derive('blobs'))
})

test('recognises what was digested under any of its keys, for that purpose and text alone', () => {
  const both = createKeyRing([young, old])
  const digest = ring.digest('test', 'text')
  assert.deepEqual(
    [both.recognises('test', 'text', digest), createKeyRing([young]).recognises('test', 'text', digest)],
    [true, false],
  )
  assert.deepEqual(
    [
      both.recognises('other', 'text', digest),
      both.recognises('test', 'other', digest),
      both.recognises('test', 'text', ''),
    ],
    [false, false, false],
  )
})
