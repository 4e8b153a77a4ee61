// The package's main file also loads the names of all countries in 80 languages.
import { getAlpha2Codes } from 'i18n-iso-countries/index.js'

/** Kosovo's codes are in use but not part of ISO 3166-1, and were no codes for 1.8.26. */
const USER_ASSIGNED: readonly string[] = ['XK', 'XKX']

const codes = new Set(
  Object.entries(getAlpha2Codes())
    .flat()
    .filter((code) => !USER_ASSIGNED.includes(code)),
)

/** Whether the text is a country's alpha-2 or alpha-3 code (ISO 3166-1), in either case. */
export const isCountryCode = (text: string): boolean => /^[A-Za-z]{2,3}$/.test(text) && codes.has(text.toUpperCase())
