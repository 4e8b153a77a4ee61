import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import type { Application } from '../../platform/db/schema.ts'
import {
  applicationSecret,
  applicationSkipsConsent,
  findApplication,
  hasKeys,
  hasOwnScheme,
  SCOPES,
} from '../applications/applications.ts'
import type { ClientKeys } from './client-keys.ts'

type Needs = Pick<Deps, 'db' | 'ring' | 'config'> & { client_keys: ClientKeys }

/** OAuth clients are applications. */
export function clientAdapter(needs: Needs): Adapter {
  const refuse = async () => {
    throw new Error('Applications are changed through their own feature.')
  }
  return {
    find: async (uid) => {
      const application = await findClient(needs, uid)
      if (!application || !isAdmitted(needs, application)) return undefined
      return { ...clientOf(application, proofOf(needs, application)), ...requiredOf(needs, application) }
    },
    upsert: refuse,
    destroy: refuse,
    consume: refuse,
    revokeByGrantId: refuse,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }
}

/** The application of a `client_id` as it came from outside; what no id can contain is nobody's. */
export const findClient = async ({ db }: Pick<Deps, 'db'>, uid: string): Promise<Application | undefined> =>
  /^[\x21-\x7e]{1,255}$/.test(uid) ? findApplication(db, uid) : undefined

/** What an application's tokens can be signed with. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** The algorithm of its tokens, where it has one of its own. */
export const algorithmOfClient = ({ token_algorithm }: Application) =>
  ALGORITHMS.find((known) => known === token_algorithm)

/** All that it may be given. */
export const scopesOfClient = ({ scopes }: Application): string => (scopes === '' ? SCOPES.join(' ') : scopes)

/** What OAUTH_REQUIRE asks of every application, and the operator of this one (RFC 9126, section 6; RFC 9449, section 5.2). */
function requiredOf({ config: { values } }: Pick<Deps, 'config'>, { tokens_bound_at }: Application): AdapterPayload {
  const required = (what: string): boolean => values.OAUTH_REQUIRE.includes(what)
  return {
    require_pushed_authorization_requests: required('pushed_requests'),
    dpop_bound_access_tokens: tokens_bound_at !== null || required('bound_tokens'),
  }
}

/** OAUTH_REQUIRE may leave only those in that prove who they are by keys. */
const isAdmitted = ({ config }: Needs, application: Application): boolean =>
  hasKeys(application) || !config.values.OAUTH_REQUIRE.includes('client_keys')

/** What the engine holds what a client says of itself against. It takes a secret from the header and from the body alike. */
function proofOf(needs: Needs, application: Application): AdapterPayload {
  if (hasKeys(application))
    return { token_endpoint_auth_method: 'private_key_jwt', jwks: needs.client_keys.known(application) }
  if (application.auth_method === 'none') return { token_endpoint_auth_method: 'none' }
  return { token_endpoint_auth_method: 'client_secret_basic', client_secret: applicationSecret(needs, application) }
}

/** The client metadata (RFC 7591, section 2) of an application. */
function clientOf(application: Application, proof: AdapterPayload): AdapterPayload {
  const grant_types = application.grant_types.split(' ')
  const codes = grant_types.includes('authorization_code')
  const uris = application.redirect_uri.split('\n')
  const algorithm = algorithmOfClient(application)
  const { access_token_lifetime, refresh_token_lifetime } = application
  return {
    client_id: application.uid,
    client_name: application.name,
    ...proof,
    redirect_uris: codes ? uris : [],
    post_logout_redirect_uris: codes ? signedOutUris(uris) : [],
    grant_types,
    response_types: codes ? ['code'] : [],
    scope: scopesOfClient(application),
    application_type: isNative(application, uris) ? 'native' : 'web',
    pkce_waived: application.pkce_waived_at !== null,
    consent_skipped: applicationSkipsConsent(application),
    resources: application.resources,
    ...(access_token_lifetime === null ? {} : { access_token_lifetime }),
    ...(refresh_token_lifetime === null ? {} : { refresh_token_lifetime }),
    ...(algorithm === undefined ? {} : { id_token_signed_response_alg: algorithm }),
  }
}

/** Runs on the person's device: has a scheme of its own, or no secret and only loopback addresses, of any port (RFC 8252). */
const isNative = ({ auth_method }: Application, uris: string[]): boolean =>
  uris.some(hasOwnScheme) || (auth_method === 'none' && uris.every(isLoopback))

/** An address that the engine takes at any port; one over TLS is like any other. */
const isLoopback = (uri: string): boolean => /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?=[:/?]|$)/.test(uri)

/** After signing out a person may be sent where they may be sent after signing in, and to the root of that place. */
const signedOutUris = (uris: string[]): string[] => [
  ...new Set(
    uris.filter((uri) => /^https?:/.test(uri)).flatMap((uri) => [uri, `${new URL(uri).origin}/`, new URL(uri).origin]),
  ),
]
