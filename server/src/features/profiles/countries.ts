// The package's main file also loads the names of all countries in 80 languages.
import { alpha2ToAlpha3, alpha3ToAlpha2, getAlpha2Codes } from 'i18n-iso-countries/index.js'

/** Kosovo's codes are in use but not part of ISO 3166-1, and were no codes for 1.8.26. */
const USER_ASSIGNED: readonly string[] = ['XK', 'XKX']

const codes = new Set(
  Object.entries(getAlpha2Codes())
    .flat()
    .filter((code) => !USER_ASSIGNED.includes(code)),
)

/** Whether the text is a country's alpha-2 or alpha-3 code (ISO 3166-1), in either case. */
export const isCountryCode = (text: string): boolean => /^[A-Za-z]{2,3}$/.test(text) && codes.has(text.toUpperCase())

/** All texts that name the country of a code as profiles keep it: either code, in either case; none when it is no code. */
export function spellingsOf(code: string): string[] {
  const upper = code.toUpperCase()
  if (!isCountryCode(upper)) return []
  const alpha2 = upper.length === 2 ? upper : (alpha3ToAlpha2(upper) ?? upper)
  const alpha3 = alpha2ToAlpha3(alpha2) ?? upper
  return [alpha2, alpha3, alpha2.toLowerCase(), alpha3.toLowerCase()]
}
