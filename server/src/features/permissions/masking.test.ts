import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { lensOf } from './masking.ts'

describe('The lens of a role', () => {
  test('shows officers and administrators everything', () => {
    for (const role of ['compliance', 'admin'])
      assert.equal(lensOf(role).see('email', 'ann@example.com'), 'ann@example.com')
  })

  // ASVS 8.2.3
  test('masks for support and for roles nobody knows', () => {
    for (const role of ['support', 'member', '', 'constructor', '__proto__', 'Admin']) {
      const { see, clear } = lensOf(role)
      assert.equal(clear, false)
      assert.equal(see('email', 'ann@mail.example.com'), 'a•••@•••.com')
      assert.equal(see('name', 'Ann'), 'A•••')
      assert.equal(see('number', '4915112345678'), '•••78')
      assert.equal(see('number', '12345'), '•••')
      assert.equal(see('text', '1 Main Street'), '•••')
    }
  })

  test('leaves alone what is not there', () => {
    const { see } = lensOf('support')
    assert.equal(see('name', ''), '')
    assert.equal(see('name', null), null)
  })

  test('tells of no text more than its first character, its last two digits or its last domain, nor how long it is', () => {
    const { see } = lensOf('support')
    const long = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
    fc.assert(
      fc.property(long, (text) => {
        assert.equal(see('text', text), '•••')
        assert.ok([...new Intl.Segmenter().segment(see('name', text))].length <= 4)
        assert.ok(see('number', text).length <= 5)
      }),
    )
  })
})
