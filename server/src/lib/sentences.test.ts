import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { anyText } from '../../test/support/texts.ts'
import { humanize, ModelErrors, squish, toSentence } from './sentences.ts'

test('a sentence joins with commas and and', () => {
  equal(toSentence([]), '')
  equal(toSentence(['A']), 'A')
  equal(toSentence(['A', 'B']), 'A and B')
  equal(toSentence(['A', 'B', 'C']), 'A, B, and C')
  equal(toSentence(['A', 'B', 'C', 'D']), 'A, B, C, and D')
})

test('an attribute is named for people', () => {
  equal(humanize('email'), 'Email')
  equal(humanize('first_name'), 'First name')
  equal(humanize('doc_expire'), 'Doc expire')
  equal(humanize(''), '')
})

test('squishing leaves single spaces', () => {
  equal(squish('  John \n\t Paul '), 'John Paul')
  equal(squish('\u00a0a\u2003\u3000b'), 'a b')
  fc.assert(fc.property(anyText(), (text) => equal(squish(squish(text)), squish(text))))
})

test('failures are grouped by attribute in order of its first failure, each told once', () => {
  const errors = new ModelErrors()
  equal(errors.any, false)
  errors.add('password', 'is too short (minimum is 6 characters)')
  errors.add('email', 'is invalid')
  errors.add('password', 'is too common')
  errors.add('email', 'is invalid')
  equal(errors.any, true)
  deepEqual(errors.fullMessages(), [
    'Password is too short (minimum is 6 characters)',
    'Password is too common',
    'Email is invalid',
  ])
  deepEqual(errors.byAttribute(), {
    password: ['Password is too short (minimum is 6 characters)', 'Password is too common'],
    email: ['Email is invalid'],
  })
  equal(
    errors.sentence(),
    'Password is too short (minimum is 6 characters), Password is too common, and Email is invalid',
  )
})
