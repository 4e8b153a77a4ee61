import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainPayload } from './plain-payload.ts'

const segment = (json: string): string => Buffer.from(json).toString('base64url')
const escaped = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

test('whatever Rails escapes is spelled out again, and the value stays the same', () => {
  const characters = fc.constantFrom('\\', '<', '>', '&', '\u2028', '\u2029', 'u003c', 'u005c', '"', 'é', '😀')
  const text = fc.array(characters).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      const plain = JSON.stringify(value)
      assert.equal(plainPayload(segment(escaped(plain))), segment(plain))
      assert.equal(plainPayload(segment(plain)), segment(plain))
    }),
    { numRuns: 3000 },
  )
})

test('a backslash that is itself escaped begins no escape', () => {
  const json = String.raw`{"a":"\\u003c","b":"\\\u003c"}`
  assert.equal(plainPayload(segment(json)), segment(String.raw`{"a":"\\u003c","b":"\\<"}`))
})
