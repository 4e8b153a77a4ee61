import { ModelErrors } from '../../lib/sentences.ts'
import { parsePublicKey } from './public-keys.ts'

const MIN_LIFETIME = 30
const MAX_LIFETIME = 86_400
const MAX_SCOPES = 255
const STATES: readonly string[] = ['active', 'inactive']

const INTEGER = /^[+-]?\d+$/
const NUMBER = /^\s*[+-]?(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?\s*$/i

/** What a client says of a key; what is left out stays, or is the default. */
export interface ApiKeyInput {
  public_key?: string
  scopes?: string
  /** Seconds as a text, as the client sent them. */
  expires_in?: string
  state?: string
}

/** What is wrong with a new key or with changes to one. */
export function apiKeyErrors({ public_key, scopes, expires_in, state }: ApiKeyInput): ModelErrors {
  const errors = new ModelErrors()
  if (public_key !== undefined && !parsePublicKey(public_key)) errors.add('public_key', 'is invalid')
  if (scopes !== undefined && [...scopes].length > MAX_SCOPES)
    errors.add('scopes', `is too long (maximum is ${MAX_SCOPES} characters)`)
  const lifetime = expires_in === undefined ? undefined : lifetimeError(expires_in)
  if (lifetime !== undefined) errors.add('expires_in', lifetime)
  if (state !== undefined && !STATES.includes(state)) errors.add('state', 'is not included in the list')
  return errors
}

function lifetimeError(text: string): string | undefined {
  if (!NUMBER.test(text)) return 'is not a number'
  if (!INTEGER.test(text)) return 'must be an integer'
  if (Number(text) < MIN_LIFETIME) return `must be greater than or equal to ${MIN_LIFETIME}`
  if (Number(text) > MAX_LIFETIME) return `must be less than or equal to ${MAX_LIFETIME}`
  return undefined
}
