import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { type PublicJwkSet, readJwkSet } from '../../platform/crypto/jwk-set.ts'
import type { Application } from '../../platform/db/schema.ts'
import { webhookSettings } from '../../platform/events/webhooks.ts'
import { urlProblem } from '../../platform/http-client/guarded-request.ts'

const errors = defineErrors('applications', { keys: [422, 'The keys are invalid'] })

const LONGEST_URL = 2000

/** What is said of the keys an application proves itself by (RFC 7591, section 2); `null` takes them away, and leaving out leaves them. */
export interface KeyChange {
  /** Public keys, a JWK Set (RFC 7517). */
  jwks?: unknown
  /** Where it publishes them instead. */
  jwks_uri?: string | null | undefined
}

type Columns = Pick<Application, 'jwks' | 'jwks_uri' | 'auth_method'>

/** How an application proves who it is after a change: the keys that were given last count. */
export function keyColumns(config: Deps['config'], before: Columns, { jwks, jwks_uri }: KeyChange): Columns {
  if (isGiven(jwks) && isGiven(jwks_uri)) throw refusal('jwks and jwks_uri cannot both be given')
  const keys = isGiven(jwks) ? setOf(jwks) : null
  const address = isGiven(jwks_uri) ? addressOf(config, jwks_uri) : null
  const kept = {
    jwks: jwks === undefined ? (address === null ? before.jwks : null) : keys,
    jwks_uri: jwks_uri === undefined ? (keys === null ? before.jwks_uri : null) : address,
  }
  const hasKeys = kept.jwks !== null || kept.jwks_uri !== null
  if (before.auth_method === 'none' && hasKeys)
    throw refusal('A public application has no keys: it could not keep them')
  const auth_method = before.auth_method === 'none' ? 'none' : hasKeys ? 'private_key_jwt' : 'client_secret_basic'
  return { ...kept, auth_method }
}

/** Whether an application proves itself by keys, and so has no secret. */
export const hasKeys = ({ auth_method }: Pick<Application, 'auth_method'>): boolean => auth_method === 'private_key_jwt'

/** The keys that an application handed in; `undefined` where it did not. */
export function registeredKeys({ jwks }: Pick<Application, 'jwks'>): PublicJwkSet | undefined {
  const keys: PublicJwkSet | undefined = jwks === null ? undefined : JSON.parse(jwks)
  return keys
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null

function setOf(jwks: unknown): string {
  const keys = readJwkSet(jwks)
  if (typeof keys === 'string') throw refusal(keys)
  return JSON.stringify(keys)
}

function addressOf(config: Deps['config'], jwks_uri: string): string {
  if (jwks_uri.length > LONGEST_URL) throw refusal(`jwks_uri is longer than ${LONGEST_URL} characters`)
  const problem = urlProblem(jwks_uri, webhookSettings(config).guard)
  if (problem !== undefined) throw refusal(`jwks_uri ${problem}`)
  return jwks_uri
}

const refusal = (error: string) => errors.keys({ body: { error } })
