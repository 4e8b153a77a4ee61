import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalSecrets } from './compare.ts'

test('a secret equals itself alone: neither its beginning, nor more than it, nor another of its length', () => {
  const secret = 'v2-correct-horse'
  assert.equal(equalSecrets(secret, 'v2-correct-horse'), true)
  for (const other of [
    '',
    'v2-correct',
    `${secret}-and-more`,
    'v2-correct-hearse',
    'v2-correct-hoRse',
    'V2-correct-horse',
  ])
    for (const [a, b] of [
      [secret, other],
      [other, secret],
    ] as const)
      assert.equal(equalSecrets(a, b), false, other)
})

test('texts of as many characters and more bytes are others, and are compared without an error', () => {
  assert.equal(equalSecrets('über', 'uber'), false)
  assert.equal(equalSecrets('über', 'über'), true)
})
