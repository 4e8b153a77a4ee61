import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { metadataErrors } from './metadata.ts'

class SomeFile {}

function nested(levels: number): Record<string, unknown> {
  return levels === 1 ? {} : { inner: nested(levels - 1) }
}

test('metadata is what JSON keeps as it is, of a bounded size and depth', () => {
  const good = [undefined, {}, { a: [1, 'x', null, true, { b: '\0' }] }, nested(10), { a: 'x'.repeat(10_232) }]
  for (const metadata of good) deepEqual(metadataErrors(metadata), [])
  deepEqual(metadataErrors(nested(11)), ['is nested too deep (maximum is 10 levels)'])
  deepEqual(metadataErrors({ a: 'x'.repeat(10_233) }), ['is too long (maximum is 10240 bytes)'])
  for (const value of [new SomeFile(), Number.POSITIVE_INFINITY, undefined])
    deepEqual(metadataErrors({ a: [value] }), ['is invalid'])
})
