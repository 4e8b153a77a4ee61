import type { FastifyRequest } from 'fastify'
import { normalizeEmail } from '../features/accounts/accounts.ts'
import { parsePhoneNumber } from '../features/phones/phones.ts'
import { callerOf } from '../platform/http/caller.ts'
import type { RouteLimit } from '../platform/http/limits.ts'
import { parametersOf } from '../platform/http/v1-bodies.ts'

const signIn: RouteLimit[] = [{ family: 'sign_in' }]
const mail: RouteLimit[] = [{ family: 'mail' }]
const emailChange: RouteLimit[] = [
  ...mail,
  { family: 'mail_recipient', subject: (request) => `email_change:${recipientOf(request)}` },
  // Each is a mail to the present address, too.
  { family: 'mail_recipient', subject: (request) => `email_change_of:${callerOf(request).account.uid}` },
]
const uploads: RouteLimit[] = [{ family: 'uploads', subject: (request) => callerOf(request).account.uid }]
const sms: RouteLimit[] = [
  { family: 'sms' },
  // Numbers of one block, which whoever is paid for the calls to them owns. What sends nothing uses up nothing: these belong to everybody.
  { family: 'sms_prefix', subject: (request) => numberOf(request)?.number.slice(0, -4), counts: 'served' },
  { family: 'sms_country', subject: (request) => numberOf(request)?.country, counts: 'served' },
]
const refusedTokens: RouteLimit[] = [{ family: 'tokens', counts: 'refusals' }]

/** What is limited more than other requests are: guessing, and what costs money, work or somebody's patience. */
export const limitedRoutes: Readonly<Record<string, RouteLimit[]>> = {
  'POST /api/v1/sessions': signIn,
  'POST /api/v1/sessions/passkey': signIn,
  'POST /api/v1/sessions/passkey/options': signIn,
  'POST /api/v1/browser_session': signIn,
  'POST /api/v1/browser_session/second_factor': signIn,
  'POST /api/v1/browser_session/passkey': signIn,
  'POST /api/v1/browser_session/passkey_options': signIn,
  // Ten hashes each.
  'POST /api/v1/security/recovery_codes': signIn,
  'POST /api/v1/security/confirm': signIn,
  'POST /api/v1/security/disable_2fa': signIn,
  'PUT /api/v1/security/reset_password': signIn,
  'POST /accounts/password/edit': signIn,
  'PUT /api/v1/accounts/password': signIn,
  'POST /api/v1/interactions/:id/sign_in': signIn,
  'POST /api/v1/interactions/:id/passkey': signIn,
  'POST /api/v1/interactions/:id/passkey_options': signIn,
  'POST /api/v1/interactions/:id/second_factor': signIn,
  'POST /oauth/interaction/:id/sign_in': signIn,
  'POST /oauth/interaction/:id/second_factor': signIn,
  'POST /sign-in': signIn,
  'POST /sign-in/second-factor': signIn,
  'POST /sign-up': [{ family: 'sign_up' }],
  'POST /forgotten-password': mail,
  'POST /send-confirmation': mail,
  'POST /send-unlock': mail,
  'POST /api/v1/accounts': [{ family: 'sign_up' }],
  'POST /api/v1/accounts/send_confirmation_instructions': mail,
  'POST /api/v1/accounts/send_unlock_instructions': mail,
  'POST /api/v1/accounts/email': emailChange,
  'POST /api/v1/security/reset_password': mail,
  'POST /api/v1/documents': uploads,
  'POST /api/v1/phones': sms,
  'POST /api/v1/phones/send_code': sms,
  'POST /api/v1/sessions/generate_jwt': refusedTokens,
  'POST /api/v1/security/verify_api_key': refusedTokens,
}

/** The same for the OAuth engine, which serves these paths by itself. */
export const limitedEngineRoutes: Readonly<Record<string, RouteLimit>> = {
  '/oauth/token': { family: 'tokens', counts: 'refusals' },
  '/oauth/introspect': { family: 'tokens', counts: 'refusals' },
  '/oauth/revoke': { family: 'tokens', counts: 'refusals' },
  '/oauth/device_authorization': { family: 'tokens' },
  '/oauth/device': { family: 'tokens' },
  // Its page keeps a row for whoever opens it, signed in or not.
  '/oauth/sign_out': { family: 'tokens' },
  '/oauth/par': { family: 'tokens' },
}

function numberOf(request: FastifyRequest) {
  const { phone_number } = parametersOf(request)
  return typeof phone_number === 'string' || typeof phone_number === 'number'
    ? parsePhoneNumber(String(phone_number))
    : undefined
}

/** What a mail is about. One kind does not use up another; a page and the API, which send the same one, count together. */
function recipientOf(request: FastifyRequest): string {
  const { email } = parametersOf(request)
  return typeof email === 'string' ? normalizeEmail(email) : ''
}
