import { known } from '../mail/templates.ts'

const TEXTS = {
  phone_code: {
    en: 'Your verification code for {app_name}: {code}',
    de: 'Ihr Bestätigungscode für {app_name}: {code}',
    ar: 'رمز التحقق الخاص بك لدى {app_name}: {code}',
  },
} as const

/** Every SMS there is. */
export type SmsName = keyof typeof TEXTS

/** Says an SMS in the language asked for (BCP 47), or in English when there is none. */
export const renderSms = (name: SmsName, language: string, words: Record<string, string>): string =>
  TEXTS[name][known(language)].replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole)
