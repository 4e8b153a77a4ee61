import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BLACK, contrast, nearest, textOn, WHITE } from './colors.ts'

const someColor = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, '0')}`)

describe('Colours', () => {
  test('have the contrast that WCAG says', () => {
    assert.equal(contrast(BLACK, WHITE), 21)
    assert.equal(contrast('#777777', WHITE).toFixed(2), '4.48')
    assert.equal(contrast('#767676', WHITE).toFixed(2), '4.54')
  })

  test('are read on every ground in black or in white', () => {
    fc.assert(fc.property(someColor, (ground) => assert.ok(contrast(textOn(ground), ground) >= 4.5)))
  })

  test('are brought no further than is asked for', () => {
    fc.assert(
      fc.property(someColor, (color) => {
        const found = nearest(color, BLACK, (candidate) => contrast(candidate, WHITE) >= 4.5)
        assert.ok(/^#[0-9a-f]{6}$/.test(found) && contrast(found, WHITE) >= 4.5)
        if (contrast(color, WHITE) >= 4.5) assert.equal(found, color)
      }),
    )
  })
})
