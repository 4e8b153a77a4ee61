import type { KoaContextWithOIDC } from 'oidc-provider'
import { isObject } from '../../lib/json.ts'

/** Answers that nobody keeps, as those of Barong 1.8; the second header is for HTTP/1.0. */
export const NOT_KEPT = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** What clients ask without a person. */
const OF_CLIENTS: readonly string[] = [
  'token',
  'revocation',
  'introspection',
  'pushed_authorization_request',
  'device_authorization',
]

/** The texts of Barong 1.8, which are those of RFC 6749, section 5.2. */
export const TEXTS = {
  invalid_request:
    'The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.',
  invalid_client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  invalid_grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  unauthorized_client: 'The client is not authorized to perform this request using this method.',
  unsupported_grant_type: 'The authorization grant type is not supported by the authorization server.',
  access_denied: 'The resource owner or authorization server denied the request.',
}

/** Where the engine says no more than its error does. */
const SAYS_NO_MORE: ReadonlyMap<unknown, keyof typeof TEXTS> = new Map([
  ['request is invalid', 'invalid_request'],
  ['client authentication failed', 'invalid_client'],
  ['grant request is invalid', 'invalid_grant'],
  ['unsupported grant_type requested', 'unsupported_grant_type'],
])
/** Of a client that says nothing of itself, for the engine a malformed request. */
const SAYS_NOTHING = 'no client authentication mechanism provided'

/** What the client was not given: a grant, or what leads to one. For the engine a malformed request. */
const NOT_GIVEN = /^(?:requested grant type|requested response_type|urn:\S+) is not allowed for this client$/

/** Gives what the engine refuses a client the texts and headers of Barong 1.8; its statuses are those of RFC 6749, section 5.2. */
export function finishRefusal(context: KoaContextWithOIDC): void {
  const { oidc, status, body } = context
  if (!OF_CLIENTS.includes(oidc.route)) return
  context.set(NOT_KEPT)
  if (status < 400 || status >= 500 || !isObject(body)) return
  const { error_description: said } = body
  if (said === SAYS_NOTHING) {
    // As in 1.8, the type of the grant is asked for first; one that is named twice is none.
    const type = oidc.route === 'token' ? oidc.params?.['grant_type'] : oidc.route
    const error = typeof type === 'string' && type !== '' ? 'invalid_client' : 'invalid_request'
    context.status = error === 'invalid_client' ? 401 : status
    context.body = { ...body, error, error_description: TEXTS[error] }
  } else if (typeof said === 'string' && NOT_GIVEN.test(said)) {
    context.body = { ...body, error: 'unauthorized_client', error_description: TEXTS.unauthorized_client }
  } else {
    const error = SAYS_NO_MORE.get(said)
    if (error !== undefined) context.body = { ...body, error_description: TEXTS[error] }
  }
  if (context.status === 401) challenge(context)
}

/** A client that tried the Authorization header is told of it by the engine; one that did not, as by Barong 1.8. */
function challenge(context: KoaContextWithOIDC): void {
  if (context.response.headers['www-authenticate'] === undefined && isObject(context.body))
    context.set('www-authenticate', challengeOf(context.body))
}

/** The challenge of Barong 1.8 for an error. */
export const challengeOf = ({ error, error_description }: Record<string, unknown>): string =>
  `Bearer realm="Doorkeeper", error="${error}", error_description="${String(error_description).replaceAll(/["\\]/g, '\\$&')}"`
