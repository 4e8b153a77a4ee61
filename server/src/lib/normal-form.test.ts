import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LONGEST_NORMALIZED, normalForm } from './normal-form.ts'

test('a text is brought into its normal form', () => {
  assert.equal(normalForm('NFKC', 'cafe\u0301 \uff11'), 'caf\u00e9 1')
  assert.equal(normalForm('NFKD', 'caf\u00e9'), 'cafe\u0301')
})

test('a text that is longer than anything taken stays as it came', () => {
  const marks = '\u0301\u0316'.repeat(LONGEST_NORMALIZED / 2)
  assert.notEqual(normalForm('NFKC', marks), marks)
  assert.equal(normalForm('NFKC', `a${marks}`), `a${marks}`)
})

test('no password of the greatest length is too long before it is normalised', () => {
  // Of one character: three marks on a letter, three parts of a syllable, two characters of another plane.
  for (const most of ['\u03b1\u0313\u0300\u0345', '\u1112\u1161\u11ab', '\u{11099}\u{110ba}']) {
    assert.equal([...most.normalize('NFKC')].length, 1)
    assert.ok(most.repeat(128).length <= LONGEST_NORMALIZED)
  }
})
