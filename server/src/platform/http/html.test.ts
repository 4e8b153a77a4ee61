import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { html } from './html.ts'

describe('html`…`', () => {
  test('escapes what is put in, in text and in attributes', () => {
    const name = `<script>"&'`
    assert.equal(
      html`<p title="${name}">${name}</p>`.text,
      '<p title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</p>',
    )
  })

  test('takes markup and lists of it as they are, and leaves out what is not there', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    assert.equal(html`<ul>${items}</ul>${undefined}${false}${0}`.text, '<ul><li>a</li><li>&lt;b&gt;</li></ul>0')
  })

  // ASVS 1.1.2, 1.2.1, 3.2.2
  test('lets no text open a tag or leave its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.doesNotMatch(html`${text}`.text, /[<>"']/)
      }),
    )
  })
})
