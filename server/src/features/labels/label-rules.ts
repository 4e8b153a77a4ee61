import { ModelErrors, squish } from '../../lib/sentences.ts'

const MIN = 3
const MAX = 255

/** A key or value as it is stored: squished and lower-cased. */
export const normalizeLabel = (text: string): string => squish(text).toLowerCase()

/** What is wrong with a normalised key or value, by attribute. */
export function labelErrors(label: { key?: string; value?: string }): ModelErrors {
  const errors = new ModelErrors()
  for (const [attribute, text] of Object.entries(label)) {
    if (text === '') errors.add(attribute, "can't be blank")
    if (text.length < MIN) errors.add(attribute, `is too short (minimum is ${MIN} characters)`)
    if (text.length > MAX) errors.add(attribute, `is too long (maximum is ${MAX} characters)`)
    if (!/^[a-z0-9_-]+$/.test(text)) errors.add(attribute, 'is invalid')
  }
  return errors
}
