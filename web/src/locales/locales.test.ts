import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const languages = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'))
const read = (file: string): Record<string, string> => JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'))
const PLURAL = /_(zero|one|two|few|many|other)$/

/** What a language must have for the texts of English, where it has other forms for numbers. */
function wanted(language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const names = Object.keys(read('en.json')).flatMap((key) =>
    PLURAL.test(key) ? forms.map((form) => key.replace(PLURAL, `_${form}`)) : [key],
  )
  return [...new Set(names)].sort()
}

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort()

describe('The languages of the web app', () => {
  for (const file of languages) {
    const language = file.replace('.json', '')
    const texts = read(file)

    test(`${language} says everything that English says, and nothing else`, () => {
      assert.deepEqual(Object.keys(texts).sort(), wanted(language))
    })

    test(`${language} leaves no text empty and puts in what English puts in`, () => {
      const english = read('en.json')
      for (const [key, text] of Object.entries(texts)) {
        assert.notEqual(text.trim(), '', key)
        const original = english[key] ?? english[key.replace(PLURAL, '_other')] ?? ''
        if (!PLURAL.test(key)) assert.deepEqual(places(text), places(original), key)
      }
    })
  }
})
