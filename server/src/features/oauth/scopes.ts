/** Scopes of OpenID Connect and what each tells (OpenID Connect Core, section 5.4). */
export const CLAIMS_OF_SCOPES = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  profile: ['name', 'given_name', 'family_name', 'birthdate', 'updated_at', 'uid', 'role', 'level', 'state'],
  address: ['address'],
}

/** Scopes that say what an application may do at the user API. */
export const API_SCOPES = ['profile', 'profile.write', 'kyc', 'kyc.write', 'api_keys', 'peatio', 'barong'] as const

/** What an application gets that asks for nothing, as those of Barong 1.8 do. */
export const DEFAULT_SCOPES = 'peatio barong'

/** Every scope the server knows. */
export const SCOPES = [...new Set(['openid', 'offline_access', ...Object.keys(CLAIMS_OF_SCOPES), ...API_SCOPES])]
