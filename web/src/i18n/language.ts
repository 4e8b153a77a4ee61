import type en from '../locales/en.json'

/** Every text that the app can say. */
type Messages = { readonly [K in keyof typeof en]: string }
type Plural = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'
type Base<K> = K extends `${infer B}_${Plural}` ? B : K
/** A text's name; one that depends on a number has several forms, `name_one`, `name_other`, …, and is asked for by `name`. */
export type Key = Base<keyof typeof en>
/** What is put in where a text says `{name}`; `count` chooses the form. */
export type Values = Readonly<Record<string, string | number>>

export const LANGUAGES = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const
export type Language = keyof typeof LANGUAGES

const RIGHT_TO_LEFT: readonly string[] = ['ar']

export const directionOf = (language: Language): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr')

export const isLanguage = (text: string): text is Language => text in LANGUAGES

/** The language that the server chose for this page. */
export function pageLanguage(): Language {
  const { lang } = document.documentElement
  return isLanguage(lang) ? lang : 'en'
}

/** Texts of each language, loaded when it is spoken. */
export const load: Record<Language, () => Promise<Messages>> = {
  en: async () => (await import('../locales/en.json')).default,
  de: async () => (await import('../locales/de.json')).default,
  ar: async () => (await import('../locales/ar.json')).default,
}

/** Says a text with what belongs in it; names stand in isolation, so that they do not turn a sentence around. */
export function say(
  messages: Readonly<Record<string, string>>,
  language: Language,
  key: Key,
  values: Values = {},
): string {
  const { count } = values
  const form = typeof count === 'number' ? `${key}_${new Intl.PluralRules(language).select(count)}` : key
  const text = messages[form] ?? messages[`${key}_other`] ?? messages[key] ?? key
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? value.toLocaleString(language) : `\u2068${value}\u2069`
  })
}
