import { createContext, type ReactNode, use } from 'react'
import { setCookie } from '../ui/cookie.ts'
import { type Key, type Language, say, type Values } from './language.ts'

interface Spoken {
  language: Language
  messages: Readonly<Record<string, string>>
}

const SpokenContext = createContext<Spoken | undefined>(undefined)

/** Says texts in one language to everything inside. */
export const Speaking = ({ spoken, children }: { spoken: Spoken; children: ReactNode }) => (
  <SpokenContext value={spoken}>{children}</SpokenContext>
)

export interface I18n {
  language: Language
  /** Says a text of the locales. */
  t: (key: Key, values?: Values) => string
  /** What the server said, in the person's language where the locales have the sentence. */
  tError: (sentence: string) => string
  /** What was done, by its stable name. */
  tAction: (action: string) => string
  /** A date, by the calendar of the language. */
  date: (iso: string) => string
  /** A moment, to the minute. */
  moment: (iso: string) => string
}

/** How to speak to the person. */
export function useI18n(): I18n {
  const spoken = use(SpokenContext)
  if (!spoken) throw new Error('Nothing is spoken here.')
  const { language, messages } = spoken
  const known = (key: string): string | undefined => new Map(Object.entries(messages)).get(key)
  return {
    language,
    t: (key, values) => say(messages, language, key, values),
    tError: (sentence) => known(`error.${sentence}`) ?? sentence,
    tAction: (action) => known(`action.${action}`) ?? action,
    date: (iso) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso)),
    moment: (iso) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)),
  }
}

/** Speaks another language from now on: the server renders the page anew in it. */
export function speak(language: Language): void {
  setCookie('barong_language', language)
  location.reload()
}
