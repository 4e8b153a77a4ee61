import type { Application } from '../../platform/db/schema.ts'

/** Scopes of OpenID Connect and what each tells (OpenID Connect Core, section 5.4). */
export const CLAIMS_OF_SCOPES = {
  // How and when the person signed in is part of who signed in.
  openid: ['sub', 'auth_time', 'acr', 'amr'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  profile: ['name', 'given_name', 'family_name', 'birthdate', 'updated_at', 'uid', 'role', 'level', 'state'],
  address: ['address'],
}

/** The claims that these scopes tell. */
export const claimsOfScopes = (scopes: readonly string[]): string[] =>
  Object.entries(CLAIMS_OF_SCOPES).flatMap(([scope, claims]) => (scopes.includes(scope) ? claims : []))

/** The scopes that tell these claims. */
export const scopesOfClaims = (claims: readonly string[]): string[] =>
  Object.entries(CLAIMS_OF_SCOPES).flatMap(([scope, told]) =>
    told.some((claim) => claims.includes(claim)) ? scope : [],
  )

/** What a session begun at the API is good for. */
export const SESSION_SCOPES = 'peatio barong'

/** What an application that asks for nothing gets: the scopes of Barong 1.8, of which it may be allowed only some. */
export function defaultScopes({ scopes }: Pick<Application, 'scopes'>): string {
  if (scopes === '') return SESSION_SCOPES
  const allowed = scopes.split(' ')
  const both = SESSION_SCOPES.split(' ').filter((scope) => allowed.includes(scope))
  return (both.length > 0 ? both : allowed).join(' ')
}
