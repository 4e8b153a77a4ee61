import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { html, say } from '../html.ts'
import { speakerOf } from './locales.ts'

const SOURCE = join(import.meta.dirname, '../../..')
const FOLDERS = ['features/entrance', 'features/mail-links', 'features/oauth', 'surfaces']

/** What the pages say: every sentence in a call of `say`, and titles and texts that are handed on to one. */
const said = FOLDERS.flatMap((folder) => readdirSync(join(SOURCE, folder)).map((file) => join(SOURCE, folder, file)))
  .filter((file) => /(pages|news|routes|shell)\.ts$/.test(file) && !file.endsWith('.test.ts'))
  .flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/(?:\bsay\(|\b(?:title|text|button):)\s*'((?:[^'\\]|\\.)*)'/g),
  ])
  .flatMap(([, sentence]) => (sentence === undefined ? [] : [sentence]))

describe('The languages of the pages that need no script', () => {
  for (const language of ['de', 'ar'] as const) {
    test(`${language} says everything that the pages say`, () => {
      const speak = speakerOf(language)
      const unchanged = ['Code']
      const missing = said.filter((sentence) => speak(sentence) === sentence && !unchanged.includes(sentence))
      assert.ok(said.length > 50)
      assert.deepEqual([...new Set(missing)], [])
    })
  }

  test('a sentence is escaped, and so is what stands in it, which cannot turn the sentence around', () => {
    const markup = html`<p>${say('Allow {application}?', { application: '<b>' })}</p>`
    assert.equal(markup.text, '<p>Allow <bdi>&lt;b&gt;</bdi>?</p>')
    assert.equal(markup.render(speakerOf('de')), '<p><bdi>&lt;b&gt;</bdi> zulassen?</p>')
  })
})
