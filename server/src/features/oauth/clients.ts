import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import type { Application } from '../../platform/db/schema.ts'
import { applicationSecret, findApplication } from '../applications/applications.ts'
import { SCOPES } from './scopes.ts'

/** OAuth clients are applications. */
export function clientAdapter(needs: Pick<Deps, 'db' | 'ring'>): Adapter {
  const refuse = async () => {
    throw new Error('Applications are changed through their own feature.')
  }
  return {
    find: async (uid) => {
      const application = await findApplication(needs.db, uid)
      return application && clientOf(application, applicationSecret(needs, application))
    },
    upsert: refuse,
    destroy: refuse,
    consume: refuse,
    revokeByGrantId: refuse,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
  }
}

/** Algorithms an application may choose for its tokens. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** The client metadata (RFC 7591, section 2) of an application. */
function clientOf(application: Application, secret: string): AdapterPayload {
  const grant_types = application.grant_types.split(' ')
  const codes = grant_types.includes('authorization_code')
  const algorithm = ALGORITHMS.find((known) => known === application.token_algorithm)
  return {
    client_id: application.uid,
    client_name: application.name,
    // The engine takes a secret from the header and from the body alike.
    ...(application.auth_method === 'none'
      ? { token_endpoint_auth_method: 'none' }
      : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret }),
    redirect_uris: codes ? application.redirect_uri.split('\n') : [],
    post_logout_redirect_uris: codes ? originsOf(application.redirect_uri) : [],
    grant_types,
    response_types: codes ? ['code'] : [],
    scope: application.scopes === '' ? SCOPES.join(' ') : application.scopes,
    application_type: application.redirect_uri.split('\n').every(isWeb) ? 'web' : 'native',
    pkce_waived: application.pkce_waived_at !== null,
    ...(application.access_token_lifetime === null ? {} : { access_token_lifetime: application.access_token_lifetime }),
    ...(application.refresh_token_lifetime === null
      ? {}
      : { refresh_token_lifetime: application.refresh_token_lifetime }),
    ...(algorithm === undefined ? {} : { id_token_signed_response_alg: algorithm }),
  }
}

const isWeb = (uri: string): boolean => uri.startsWith('https://')

/** After signing out a person may be sent to the root of any place they may be sent to after signing in. */
const originsOf = (redirect_uri: string): string[] => [
  ...new Set(
    redirect_uri
      .split('\n')
      .filter((uri) => /^https?:/.test(uri))
      .flatMap((uri) => [`${new URL(uri).origin}/`, new URL(uri).origin]),
  ),
]
