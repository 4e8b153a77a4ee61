import type { IncomingHttpHeaders } from 'node:http'
import { type Html, html } from './html.ts'

/** Languages that pages speak; the first is spoken when a browser wants none of them. */
export const LANGUAGE_NAMES = { en: 'English', de: 'Deutsch', ar: 'العربية' } as const
export type Language = keyof typeof LANGUAGE_NAMES

/** How a person wants pages to look and speak. */
export interface Preferences {
  language: Language
  dir: 'ltr' | 'rtl'
  scheme: 'light' | 'dark' | 'auto'
}

/** What was chosen stands in cookies that scripts may write; the language is else the one that the browser prefers. */
export function preferencesOf({ headers }: { headers: IncomingHttpHeaders }): Preferences {
  const language = toldLanguage({ headers }) ?? 'en'
  const scheme = chosenIn(headers, 'barong_scheme')
  return {
    language,
    dir: language === 'ar' ? 'rtl' : 'ltr',
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : 'auto',
  }
}

/** The language that was chosen or is preferred, where either was told. */
export const toldLanguage = ({ headers }: { headers: IncomingHttpHeaders }): Language | undefined =>
  languageOf(chosenIn(headers, 'barong_language')) ?? accepted(headers['accept-language'])

/** Over TLS scripts write them under a name that no other host can. */
function chosenIn({ cookie }: IncomingHttpHeaders, name: string): string | undefined {
  if (cookie === undefined) return undefined
  const cookies = new Map(cookie.split(/; */).map(pairOf))
  return cookies.get(`__Host-${name}`) ?? cookies.get(name)
}

/** The attribute of `html` that tokens.css and the web app read. */
export const schemeAttribute = (scheme: Preferences['scheme']): Html | false =>
  scheme !== 'auto' && html` data-mantine-color-scheme="${scheme}"`

const pairOf = (text: string): [string, string] => {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGE_NAMES, text)

const languageOf = (text = ''): Language | undefined => (isLanguage(text) ? text : undefined)

/** The best of ours in an Accept-Language header (RFC 9110, section 12.5.4). */
function accepted(header: string | undefined): Language | undefined {
  if (header === undefined) return undefined
  const ranges = header
    .split(',')
    .map((part) => /^\s*([a-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=(\d(?:\.\d{0,3})?))?\s*$/i.exec(part))
    .flatMap((found) => (found?.[1] ? [{ language: found[1].toLowerCase(), weight: Number(found[2] ?? 1) }] : []))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const { language } of ranges) {
    const ours = languageOf(language)
    if (ours) return ours
  }
  return undefined
}
