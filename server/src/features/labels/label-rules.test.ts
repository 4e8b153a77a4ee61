import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../test/support/texts.ts'
import { labelErrors, normalizeLabel } from './label-rules.ts'

const told = (key: string) => labelErrors({ key: normalizeLabel(key) }).byAttribute()['key'] ?? []

test('a key or value is 3 to 255 letters, digits, dashes and underscores, once it is squished and in lower case', () => {
  for (const text of ['abc', 'ABC', '  pad  ', '__-', '1-2', 'a'.repeat(255)]) deepEqual(told(text), [])
  for (const text of ['a b c', 'a.b.c', 'ünï', 'a\nb', 'abc\0', '😀😀😀']) deepEqual(told(text), ['Key is invalid'])
  deepEqual(told('ab '), ['Key is too short (minimum is 3 characters)'])
  deepEqual(told('a'.repeat(256)), ['Key is too long (maximum is 255 characters)'])
  deepEqual(told(''), ["Key can't be blank", 'Key is too short (minimum is 3 characters)', 'Key is invalid'])
})

test('whatever is sent, a label that is taken has the form of labels, and is what it stays', () => {
  const near = fc.string({
    unit: fc.constantFrom('a', 'Z', '9', '-', '_', ' ', '\t', '\n', 'İ', 'K', '.'),
    maxLength: 300,
  })
  fc.assert(
    fc.property(fc.oneof(near, anyText()), (text) => {
      const label = normalizeLabel(text)
      equal(normalizeLabel(label), label)
      if (told(text).length === 0) equal(/^[a-z0-9_-]{3,255}$/.test(label), true)
    }),
  )
})
