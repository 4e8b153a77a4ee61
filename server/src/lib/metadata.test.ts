import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { metadataErrors } from './metadata.ts'

class SomeFile {}

function nested(levels: number): Record<string, unknown> {
  return levels === 1 ? {} : { inner: nested(levels - 1) }
}

test('metadata is what JSON keeps as it is, of a bounded size', () => {
  const good = [undefined, {}, { a: [1, 'x', null, true, { b: '\0' }] }, nested(90), { a: 'x'.repeat(65_527) }]
  for (const metadata of good) deepEqual(metadataErrors(metadata), [])
  deepEqual(metadataErrors({ a: 'x'.repeat(65_528) }), ['is too long (maximum is 65535 bytes)'])
  deepEqual(metadataErrors(nested(101)), ['is invalid'])
  for (const value of [new SomeFile(), Number.POSITIVE_INFINITY, undefined])
    deepEqual(metadataErrors({ a: [value] }), ['is invalid'])
})
