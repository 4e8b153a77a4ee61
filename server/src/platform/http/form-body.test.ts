import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../../test/support/texts.ts'
import { Refusal } from '../../lib/errors.ts'
import { nest, parseForm } from './form-body.ts'

const refused = (message: string) => (error: unknown) =>
  error instanceof Refusal && error.status === 400 && error.message === message

const ACCEPTED: [string, string, unknown][] = [
  ['plain fields', 'email=a%40b&password=x', { email: 'a@b', password: 'x' }],
  ['nothing', '', {}],
  ['empty pairs', '&&a=1&', { a: '1' }],
  ['semicolons between pairs', 'a=1;b=2; c=3&;d=x%3By', { a: '1', b: '2', c: '3', d: 'x;y' }],
  ['plus as a space', 'a=b+c%2Bd', { a: 'b c+d' }],
  ['equals signs within a value', 'a=b=c==', { a: 'b=c==' }],
  ['a name alone as null', 'a&b=', { a: null, b: '' }],
  ['a value without a name as nothing', '=x', {}],
  ['letters of every script', 'a=%C3%A9&b=é', { a: 'é', b: 'é' }],
  ['the last of repeated names', 'a=1&a=2', { a: '2' }],
  ['the last value even after a group', 'a[b]=1&a=2', { a: '2' }],
  ['a group', 'metadata[country]=FR&metadata[a][b]=1', { metadata: { country: 'FR', a: { b: '1' } } }],
  ['encoded brackets', 'a%5Bb%5D=1', { a: { b: '1' } }],
  ['a list', 'a[]=1&a[]=2', { a: ['1', '2'] }],
  ['a list of groups', 'a[][b]=1&a[][c]=2&a[][b]=3', { a: [{ b: '1', c: '2' }, { b: '3' }] }],
  ['a list within a group of a list', 'a[][b][]=1&a[][b][]=2', { a: [{ b: ['1', '2'] }] }],
  [
    'deep fields of one list item',
    'a[][b][c]=1&a[][b][d]=2&a[][b][c]=3',
    { a: [{ b: { c: '1', d: '2' } }, { b: { c: '3' } }] },
  ],
  ['lists of lists', 'a[][]=1&a[][]=2', { a: [['1'], ['2']] }],
  ['a numbered field as a group', 'a[0]=x', { a: { 0: 'x' } }],
  ['stray brackets as a plain name', 'a[b=1&]c=2&d]=3', { 'a[b': '1', ']c': '2', 'd]': '3' }],
  ['a group after a name alone', 'a&a[b]=1', { a: { b: '1' } }],
  ['names of inherited members', 'toString=1&valueOf[a]=2', { toString: '1', valueOf: { a: '2' } }],
  ['JSON sent as a form as an unknown name', '{"email":"x"}', { '{"email":"x"}': null }],
]
for (const [title, text, value] of ACCEPTED) {
  test(`a form takes ${title}`, () => {
    deepEqual(parseForm(text), value)
    deepEqual(parseForm(Buffer.from(text)), value)
  })
}

const REFUSED: [string, string | Buffer, string][] = [
  ['a broken percent encoding', 'email=%zz&password=%', 'The form has an invalid percent encoding'],
  ['a percent encoding that is not UTF-8', 'a=%FF', 'The form has an invalid percent encoding'],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0x3d, 0xff]), 'The form is not valid UTF-8'],
  ['a value used as a group', 'email=a&email[x]=1', 'The form uses one field both as a value and as a group'],
  ['a value used as a list', 'a=1&a[]=2', 'The form uses one field both as a value and as a group'],
  ['a list used as a group', 'a[]=1&a[b]=2', 'The form uses one field both as a value and as a group'],
  ['a group used as a list', 'a[b]=1&a[]=2', 'The form uses one field both as a value and as a group'],
  [
    'a value used as a group in a list',
    'a[][b]=1&a[][b][c]=2',
    'The form uses one field both as a value and as a group',
  ],
  ['more than 32 levels', `a${'[b]'.repeat(32)}=1`, 'The form has a field nested deeper than 32 levels'],
  ['more than 1000 fields', 'a=1&'.repeat(1001), 'The form has more than 1000 fields'],
]
for (const [title, text, message] of REFUSED) {
  test(`a form refuses ${title}`, () => throws(() => parseForm(text), refused(message)))
}

test('a form may have 1000 fields and 32 levels', () => {
  deepEqual(parseForm('a=1&'.repeat(1000)), { a: '1' })
  ok(parseForm(`a${'[b]'.repeat(31)}=1`))
})

// ASVS 15.3.6
test('a form cannot reach a prototype', () => {
  deepEqual(parseForm('__proto__[x]=1&a[__proto__][x]=1&constructor[prototype][x]=1&a[][constructor]=1&b=2'), {
    b: '2',
  })
  equal(Reflect.get({}, 'x'), undefined)
})

test('files are kept as they are and are no groups', () => {
  class Upload {}
  const upload = new Upload()
  const value = nest([
    ['upload', upload],
    ['metadata[a]', '1'],
  ])
  equal(value['upload'], upload)
  throws(
    () =>
      nest([
        ['upload', upload],
        ['upload[x]', '1'],
      ]),
    Refusal,
  )
})

test('any text is parsed into an object or refused', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', '[', ']', '[]', '[a]', '__proto__', 'constructor', '%', '=', '&', '+', '%5B'))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(anyText(), name), (text) => {
      try {
        ok(parseForm(text))
      } catch (error) {
        ok(error instanceof Refusal, String(error))
      }
      equal(Object.keys(Object.prototype).length, 0)
    }),
    { numRuns: 5000 },
  )
})

test('what URLSearchParams writes is read back', () => {
  const names = fc
    .stringMatching(/^[^[\]]+$/)
    .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))
  fc.assert(
    fc.property(fc.dictionary(names, fc.string()), (fields) => {
      deepEqual(parseForm(new URLSearchParams(fields).toString()), { ...fields })
    }),
  )
})
