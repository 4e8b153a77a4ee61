import type { FastifyRequest } from 'fastify'
import { normalizeEmail } from '../features/accounts/accounts.ts'
import { parsePhoneNumber } from '../features/phones/phones.ts'
import type { RouteLimit } from '../platform/http/limits.ts'
import { fieldOf } from '../platform/http/pages.ts'
import { parametersOf } from '../platform/http/v1-bodies.ts'

const signIn: RouteLimit[] = [{ family: 'sign_in' }]
const mail: RouteLimit[] = [{ family: 'mail' }, { family: 'mail_recipient', subject: recipientOf }]
const sms: RouteLimit[] = [
  { family: 'sms' },
  // Numbers of one block, which whoever is paid for the calls to them owns.
  { family: 'sms_prefix', subject: (request) => numberOf(request)?.number.slice(0, -4) },
  { family: 'sms_country', subject: (request) => numberOf(request)?.country },
]
const mailFromPage: RouteLimit[] = [{ family: 'mail' }, { family: 'mail_recipient', subject: typedRecipient }]
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
  'POST /api/v1/interactions/:id/sign_in': signIn,
  'POST /api/v1/interactions/:id/passkey': signIn,
  'POST /api/v1/interactions/:id/passkey_options': signIn,
  'POST /api/v1/interactions/:id/second_factor': signIn,
  'POST /oauth/interaction/:id/sign_in': signIn,
  'POST /oauth/interaction/:id/second_factor': signIn,
  'POST /sign-in': signIn,
  'POST /sign-in/second-factor': signIn,
  'POST /sign-up': [{ family: 'sign_up' }],
  'POST /forgotten-password': mailFromPage,
  'POST /send-confirmation': mailFromPage,
  'POST /send-unlock': mailFromPage,
  'POST /api/v1/accounts': [{ family: 'sign_up' }],
  'POST /api/v1/accounts/send_confirmation_instructions': mail,
  'POST /api/v1/accounts/send_unlock_instructions': mail,
  'POST /api/v1/accounts/email': mail,
  'POST /api/v1/security/reset_password': mail,
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

/** Whether anybody has the address or not: the limit must not tell. One kind of mail does not use up another. */
function recipientOf(request: FastifyRequest): string | undefined {
  const { email } = parametersOf(request)
  return typeof email === 'string' ? `${request.routeOptions.url}:${normalizeEmail(email)}` : undefined
}

function typedRecipient({ body, routeOptions }: FastifyRequest): string {
  return `${routeOptions.url}:${normalizeEmail(fieldOf(body, 'email'))}`
}
