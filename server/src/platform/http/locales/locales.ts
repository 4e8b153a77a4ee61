import type { Speak } from '../html.ts'
import type { Language } from '../preferences.ts'
import ar from './ar.json' with { type: 'json' }
import de from './de.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }

/** Sentences of pages by their English, which itself has other words where the API keeps to those of 1.8.26. */
const SENTENCES: Readonly<Record<Language, ReadonlyMap<string, string>>> = {
  en: new Map(Object.entries(en)),
  de: new Map(Object.entries(de)),
  ar: new Map(Object.entries(ar)),
}

/** Says sentences in a language; those that it does not know stay English. */
export const speakerOf =
  (language: Language): Speak =>
  (sentence) =>
    SENTENCES[language].get(sentence) ?? sentence
