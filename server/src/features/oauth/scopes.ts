import type { Application } from '../../platform/db/schema.ts'

/** Scopes of OpenID Connect and what each tells (OpenID Connect Core, section 5.4). */
export const CLAIMS_OF_SCOPES = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  profile: ['name', 'given_name', 'family_name', 'birthdate', 'updated_at', 'uid', 'role', 'level', 'state'],
  address: ['address'],
}

/** Scopes that say what an application may do at the user API. */
const API_SCOPES = ['profile', 'profile.write', 'kyc', 'kyc.write', 'api_keys', 'peatio', 'barong'] as const

/** Every scope the server knows. */
export const SCOPES = [...new Set(['openid', 'offline_access', ...Object.keys(CLAIMS_OF_SCOPES), ...API_SCOPES])]

/** What a session begun at the API is good for. */
export const SESSION_SCOPES = 'peatio barong'

/** What an application that asks for nothing gets: the scopes of Barong 1.8, of which it may be allowed only some. */
export function defaultScopes({ scopes }: Pick<Application, 'scopes'>): string {
  if (scopes === '') return SESSION_SCOPES
  const allowed = scopes.split(' ')
  const both = SESSION_SCOPES.split(' ').filter((scope) => allowed.includes(scope))
  return (both.length > 0 ? both : allowed).join(' ')
}
