/** Every scope an application can be given: those of OpenID Connect, and what it may do at the user API. */
export const SCOPES = [
  'openid',
  'offline_access',
  'email',
  'phone',
  'profile',
  'address',
  'profile.write',
  'kyc',
  'kyc.write',
  'api_keys',
  'peatio',
  'barong',
] as const

/** The first of the words that is no scope. */
export const unknownScope = (words: readonly string[]): string | undefined =>
  words.find((word) => !SCOPES.some((scope) => scope === word))
