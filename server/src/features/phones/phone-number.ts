import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** An international number as it is stored. */
export interface InternationalNumber {
  /** E.164 without the plus sign. */
  number: string
  /** ISO 3166-1 alpha-2, or 001 for a number of no country, such as +800 (UN M.49: the world). */
  country: string
}

/** Fifteen of E.164, and the zero before the area code that people leave in. */
const MAX_DIGITS = 16

/**
 * The number that a text's digits are, with country code; a leading `00` stands for the plus sign. Undefined when the
 * numbering plan of no country has such a number.
 */
export function parsePhoneNumber(text: string): InternationalNumber | undefined {
  const digits = text.replace(/\D/g, '').replace(/^00/, '')
  if (digits.length > MAX_DIGITS) return undefined
  const parsed = parsePhoneNumberFromString(`+${digits}`)
  if (!parsed?.isValid()) return undefined
  return { number: parsed.number.slice(1), country: parsed.country ?? '001' }
}
