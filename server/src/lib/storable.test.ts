import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isStorable } from './storable.ts'

test('What databases hold is storable, however much of it there is, and nothing else is, wherever it stands', () => {
  for (const value of [null, undefined, true, '', 'ü\u{1f600}', -1.5, 2 ** 53 - 1, [], {}, new Array(500_000).fill(0)])
    equal(isStorable(value), true)
  for (const value of ['a\0', '\ud800', 2 ** 53, Number.POSITIVE_INFINITY, { 'a\0': 1 }, [[{ a: ['\udc00'] }]]])
    equal(isStorable(value), false)
})
