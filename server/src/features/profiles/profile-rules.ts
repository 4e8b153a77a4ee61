import { metadataErrors } from '../../lib/metadata.ts'
import { ModelErrors, squish } from '../../lib/sentences.ts'
import { isCountryCode } from './countries.ts'
import type { NewProfile } from './schema.ts'

const MIN = 2
const MAX = 255

// Joiners are invisible, so they stand only where scripts such as Persian and Sinhala need them: between letters.
const JOINER = String.raw`(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])`
const NAME = new RegExp(String.raw`^(?:[\p{L}\p{M}\s'-]|${JOINER})+$`, 'u')
const ADDRESS = new RegExp(String.raw`^(?:[\p{L}\p{M}\p{Nd}\s.,']|${JOINER})+$`, 'u')
const POSTCODE = /^[A-Z0-9\s-]+$/

/** What must not be blank, in the order it is told. */
const REQUIRED = ['first_name', 'last_name', 'dob', 'address', 'postcode', 'city', 'country'] as const

/** Lengths in code points and forms, in the order they are told. */
const FORMATS = [
  { attribute: 'first_name', min: MIN, form: NAME, message: `only allows letters "-", "'", and space` },
  { attribute: 'last_name', min: MIN, form: NAME, message: `only allows letters "-", "'" and space` },
  { attribute: 'city', min: MIN, form: NAME, message: 'is invalid' },
  { attribute: 'postcode', min: MIN, form: POSTCODE, message: 'is invalid' },
  { attribute: 'address', min: 1, form: ADDRESS, message: 'is invalid' },
] as const

/** The profile as it is stored: single spaces in names, city and postcode. */
export const normalizeProfile = (profile: NewProfile): NewProfile => ({
  ...profile,
  first_name: squish(profile.first_name),
  last_name: squish(profile.last_name),
  city: squish(profile.city),
  postcode: squish(profile.postcode),
})

/** What is wrong with a normalised profile, by attribute; whether the birthday can be true is judged by {@link isBirthday}. */
export function profileErrors(profile: NewProfile): ModelErrors {
  const errors = new ModelErrors()
  for (const attribute of REQUIRED) if (isBlank(profile[attribute])) errors.add(attribute, "can't be blank")
  for (const { attribute, min, form, message } of FORMATS) {
    const text = profile[attribute]
    if (isBlank(text)) continue
    const length = [...text].length
    if (length < min) errors.add(attribute, `is too short (minimum is ${min} characters)`)
    if (length > MAX) errors.add(attribute, `is too long (maximum is ${MAX} characters)`)
    if (!form.test(text)) errors.add(attribute, message)
  }
  if (!isCountryCode(profile.country)) errors.add('country', 'must have alpha2 or alpha3 format')
  for (const message of metadataErrors(profile.metadata)) errors.add('metadata', message)
  return errors
}

/** Whether a person who lives today may have been born on that day; both are `YYYY-MM-DD`. */
export const isBirthday = (day: string, today: string): boolean => day > '1900-01-01' && day < today

const isBlank = (text: string): boolean => text.trim() === ''
