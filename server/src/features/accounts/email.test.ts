import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../test/support/texts.ts'
import { isEmail, normalizeEmail } from './email.ts'

const VALID = [
  'foo@bar.com',
  'foo+tag@bar.com',
  'foo.bar@baz.com',
  '"foo"@bar.com',
  'foo!bar@baz.com',
  'foo#x@baz.com',
  'foo^x@baz.com',
  "o'neil@bar.com",
  'foo@localhost',
  'a@b',
  'foo@1.bar',
  'foo@a-b.com',
  'füß@bar.com',
  'почта@bar.com',
  'foo@xn--e1afmkfd.com',
  `${'a'.repeat(64)}@bar.com`,
  `foo@${'a'.repeat(64)}.com`,
  `foo@${'b'.repeat(63)}.com`,
  `foo@bar.${'c'.repeat(63)}`,
  `x@${'y.'.repeat(100)}com`,
  `x@${'y.'.repeat(124)}comm`,
  ' Reg6@Example.COM ',
  'foo@bar.com\n',
]
for (const text of VALID)
  test(`${JSON.stringify(text)} is an address`, () => equal(isEmail(normalizeEmail(text)), true))

const INVALID = [
  '',
  'foo',
  'foo@',
  '@bar.com',
  '@',
  'foo@bar@baz.com',
  'foo@xn--e1afmkfd.xn--p1ai',
  'foo@bar baz.com',
  'foo@bar..com',
  'foo bar@baz.com',
  'foo@-bar.com',
  'foo@bar-.com',
  'foo@.com',
  '.foo@bar.com',
  'foo.@bar.com',
  'a..b@x.io',
  'foo@127.0.0.1',
  'foo@[127.0.0.1]',
  'a@1.2',
  'a@x.io.',
  'foo@bär.com',
  'foo@bar_baz.com',
  'foo,x@bar.com',
  'foo;x@bar.com',
  'foo\\x@baz.com',
  'foo(x)@baz.com',
  'foo<x>@baz.com',
  'a\0b@c.co',
  'foo@bar.com\r\nBcc: x@y.z',
  'foo@bar.com\nx',
  `${'a'.repeat(65)}@bar.com`,
  `${'a'.repeat(250)}@bar.com`,
  `foo@bar.${'c'.repeat(64)}`,
  `x@${'y.'.repeat(125)}com`,
  `${'é'.repeat(64)}@${'y.'.repeat(62)}com`,
]
for (const text of INVALID)
  test(`${JSON.stringify(text)} is no address`, () => equal(isEmail(normalizeEmail(text)), false))

test('normalizing an address again changes nothing', () => {
  fc.assert(
    fc.property(anyText(), (text) => equal(normalizeEmail(normalizeEmail(text)), normalizeEmail(text))),
    { numRuns: 5000 },
  )
})

test('an address has one @, no white space and no control character', () => {
  const characters = fc.constantFrom('a', '.', '@', '-', ' ', '\0', '\n', 'é', '1', 'xn--')
  fc.assert(
    fc.property(
      fc.array(characters).map((parts) => parts.join('')),
      (text) => {
        if (isEmail(text)) equal(/^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(text), true)
      },
    ),
    { numRuns: 5000 },
  )
})
