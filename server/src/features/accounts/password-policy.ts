import { normalForm } from '../../lib/normal-form.ts'
import type { Config } from '../../platform/config/config.ts'
import { normalizePassword } from '../../platform/crypto/passwords.ts'
import { commonPasswords } from './common-passwords.ts'

/** `nist`: length and a list of known passwords, after NIST SP 800-63B-4; `barong`: the rules of Barong 1.8.26. */
export type PasswordPolicy = 'nist' | 'barong'

/** What a password is compared with; `current_matches` tells that it is the account's present one. */
export interface PasswordContext {
  email: string
  current_matches?: boolean
  /** Words of this place, see `placeWords`. */
  words?: readonly string[]
}

/** Words that whoever attacks this very place tries first: the product's name and the parts of its host. */
export const placeWords = ({ url, values }: Config): string[] => [
  'barong',
  lettersOf(values.APP_NAME),
  ...new URL(url).hostname.split('.').map(lettersOf),
]

const MIN_LENGTH = { nist: 8, barong: 6 } as const
const MAX_LENGTH = 128

/** The rules in words for the person who chooses a password. */
export const passwordHints = (policy: PasswordPolicy): readonly string[] =>
  policy === 'barong'
    ? ['At least 6 characters', 'An upper-case letter, a lower-case letter and a digit']
    : ['At least 8 characters; a few words that only you would put together are good', 'None that many people use']

/** What is wrong with a new password, without the attribute's name; empty when it is good. */
export function passwordErrors(policy: PasswordPolicy, password: string, context: PasswordContext): string[] {
  return [...passwordLengthErrors(policy, password), ...passwordContentErrors(policy, password, context)]
}

/** The part of `passwordErrors` that the v1 API tells before it judges the e-mail address's format. */
export function passwordLengthErrors(policy: PasswordPolicy, password: string): string[] {
  const normalized = normalizePassword(password)
  // A code point counts as one character (NIST SP 800-63B-4, section 3.1.1.2).
  const length = [...normalized].length
  const errors = []
  if (normalized.trim() === '') errors.push("can't be blank")
  if (length < MIN_LENGTH[policy]) errors.push(`is too short (minimum is ${MIN_LENGTH[policy]} characters)`)
  if (length > MAX_LENGTH) errors.push(`is too long (maximum is ${MAX_LENGTH} characters)`)
  return errors
}

/** The part of `passwordErrors` that the v1 API tells after it has judged the e-mail address's format. */
export function passwordContentErrors(policy: PasswordPolicy, password: string, context: PasswordContext): string[] {
  const normalized = normalizePassword(password)
  const errors = policy === 'barong' ? compositionErrors(normalized) : guessabilityErrors(normalized, context)
  if (context.current_matches === true) errors.push('must be different than the current password.')
  return errors
}

function compositionErrors(password: string): string[] {
  if (/[0-9]/.test(password) && /[a-z]/.test(password) && /[A-Z]/.test(password)) return []
  return [
    'does not meet the minimum system requirements. It should be composed of uppercase and lowercase letters, and numbers.',
  ]
}

function guessabilityErrors(password: string, { email, words = [] }: PasswordContext): string[] {
  const guess = password.toLowerCase()
  const address = normalForm('NFKC', email.trim()).toLowerCase()
  const errors = []
  if (commonPasswords().has(guess)) errors.push('is too common')
  if (guess !== '' && (guess === address || guess === address.split('@')[0])) {
    errors.push('must be different from the email address')
  } else if (isMadeOf(guess, [...words, lettersOf(address.split('@')[0] ?? '')])) errors.push('is too easy to guess')
  return errors
}

const SHORTEST_WORD = 4

/** Whether the letters of a password are one of the words, perhaps again and again, whatever digits and signs are around. */
function isMadeOf(guess: string, words: readonly string[]): boolean {
  const letters = lettersOf(guess)
  return letters !== '' && words.some((word) => word.length >= SHORTEST_WORD && letters.replaceAll(word, '') === '')
}

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}]+/gu, '')
