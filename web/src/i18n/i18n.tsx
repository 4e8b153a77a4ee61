import { createContext, type ReactNode, use } from 'react'
import { setCookie } from '../ui/cookie.ts'
import { type Key, type Language, say, type Values } from './language.ts'
import { translationOf } from './sentences.ts'

interface Spoken {
  language: Language
  messages: Readonly<Record<string, string>>
}

/** Units of time with their seconds, the longest first. */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

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
  /** What an application may do, by the name of the scope. */
  tScope: (scope: string) => string
  /** What a hold keeps back, and why; labels and reasons that the locales do not know as they are. */
  tHold: (label: string, reason: string) => string
  /** A date, by the calendar of the language. */
  date: (iso: string) => string
  /** A date in few letters, of the last weeks. */
  day: (iso: string) => string
  /** A moment, to the minute. */
  moment: (iso: string) => string
  /** A moment, to the second and with its zone. */
  exactly: (iso: string) => string
  /** How long ago a moment was, in one unit. */
  ago: (iso: string) => string
}

/** The instant that a date and a time by the person's own clock name; none where they name none. */
export function instantOf(local: string): string | undefined {
  const time = Date.parse(local)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
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
    tError: (sentence) => translationOf(messages, sentence) ?? sentence,
    tAction: (action) => known(`action.${action}`) ?? action,
    tScope: (scope) => known(`scope.${scope}`) ?? scope,
    tHold: (label, reason) =>
      say(messages, language, 'holds.line', {
        what: known(`hold.${label}`) ?? label,
        why: known(`holdReason.${reason}`) ?? reason,
      }),
    date: (iso) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso)),
    day: (iso) =>
      new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(iso)),
    moment: (iso) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)),
    exactly: (iso) =>
      new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(iso)),
    ago: (iso) => {
      const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000)
      const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const)
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit)
    },
  }
}

/** Speaks another language from now on: the server renders the page anew in it. */
export function speak(language: Language): void {
  setCookie('barong_language', language)
  location.reload()
}
