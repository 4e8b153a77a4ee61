import Provider, { type Configuration, type JWK } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import type { Frame } from '../../platform/http/pages.ts'
import { applicationSkipsConsent, findApplication } from '../applications/applications.ts'
import { issueJwts } from './access-tokens.ts'
import { adapterFor } from './adapter.ts'
import { grantFor } from './grants.ts'
import { devicePages, errorPage, signOutPages } from './pages.ts'
import { findPersonOf } from './people.ts'
import { interactionPolicyOf, MULTI_FACTOR, SINGLE_FACTOR } from './policy.ts'
import { CLAIMS_OF_SCOPES, SCOPES } from './scopes.ts'

export type OauthNeeds = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'keys' | 'log'>

const inSeconds = (ms: number): number => ms / SECOND

/** A browser session ends after this long without use. */
const INACTIVITY = 12 * HOUR

/** The OAuth 2.1 and OpenID Connect engine over our accounts, applications and keys. */
export function createProvider(needs: OauthNeeds, frame: Frame): Provider {
  const provider = new Provider(needs.config.url, configurationOf(needs, frame))
  provider.proxy = needs.config.values.BARONG_TRUSTED_PROXIES.length > 0
  issueJwts(provider, needs)
  provider.on('server_error', (_context, error) => needs.log.error({ err: error }, 'The OAuth engine failed'))
  return provider
}

function configurationOf(needs: OauthNeeds, frame: Frame): Configuration {
  return {
    adapter: adapterFor(needs),
    findAccount: findPersonOf(needs),
    jwks: { keys: privateJwks(needs) },
    scopes: SCOPES,
    claims: { acr: null, amr: null, auth_time: null, iss: null, sid: null, ...CLAIMS_OF_SCOPES },
    // Relying parties of 1.8 read everything from one token.
    conformIdTokenClaims: false,
    acrValues: [SINGLE_FACTOR, MULTI_FACTOR],
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientDefaults: { grant_types: ['authorization_code'], response_types: ['code'] },
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_context, client) => client['pkce_waived'] !== true },
    extraClientMetadata: { properties: ['pkce_waived', 'access_token_lifetime', 'refresh_token_lifetime'] },
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: (context) => grantFor(needs, context),
    interactions: {
      policy: interactionPolicyOf(),
      url: (_context, interaction) => `/oauth/interaction/${interaction.uid}`,
    },
    cookies: cookiesOf(needs),
    ttl: lifetimesOf(needs),
    routes: ROUTES,
    features: featuresOf(needs, frame),
    renderError: async (context, { error, error_description }) => errorPage(context, frame, error, error_description),
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    discovery: { service_documentation: `${needs.config.url}/docs` },
  }
}

const ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  userinfo: '/oauth/userinfo',
  jwks: '/oauth/discovery/keys',
  pushed_authorization_request: '/oauth/par',
  device_authorization: '/oauth/device_authorization',
  code_verification: '/oauth/device',
  end_session: '/oauth/sign_out',
}

function featuresOf({ db }: OauthNeeds, frame: Frame): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, mask: '****-****', charset: 'base-20', ...devicePages(frame) },
    dPoP: { enabled: true },
    introspection: {
      enabled: true,
      // A client learns of its own tokens; first-party services learn of all.
      allowedPolicy: async (_context, client, token) =>
        token.clientId === client.clientId || applicationSkipsConsent(await findApplication(db, client.clientId)),
    },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async () => ({ scope: SCOPES.join(' '), accessTokenFormat: 'opaque' }),
      useGrantedResource: async () => true,
    },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true, ...signOutPages(frame) },
    userinfo: { enabled: true },
  }
}

function lifetimesOf({ config }: OauthNeeds): Configuration['ttl'] {
  const own = (client: Record<string, unknown> | undefined, name: string, fallback: number): number => {
    const value = client?.[name]
    return typeof value === 'number' ? value : fallback
  }
  return {
    AccessToken: (_context, _token, client) => own(client, 'access_token_lifetime', config.values.JWT_LIFETIME),
    ClientCredentials: (_context, _token, client) => own(client, 'access_token_lifetime', config.values.JWT_LIFETIME),
    RefreshToken: (_context, _token, client) => own(client, 'refresh_token_lifetime', inSeconds(14 * DAY)),
    AuthorizationCode: inSeconds(MINUTE),
    DeviceCode: inSeconds(10 * MINUTE),
    IdToken: inSeconds(HOUR),
    Interaction: inSeconds(30 * MINUTE),
    Session: inSeconds(INACTIVITY),
    Grant: inSeconds(365 * DAY),
  }
}

function cookiesOf({ config, ring }: OauthNeeds): Configuration['cookies'] {
  const secure = config.url.startsWith('https://')
  // The prefix makes browsers insist on Secure and this very host (RFC 6265bis, section 4.1.3.2).
  const named = (name: string) => `${secure ? '__Host-' : ''}barong_${name}`
  const common = { httpOnly: true, sameSite: 'lax', secure, path: '/', signed: true, overwrite: true } as const
  return {
    names: { session: named('session'), interaction: named('interaction'), resume: 'barong_resume' },
    long: common,
    short: common,
    keys: [ring.derive('oauth-cookies').toString('base64url')],
  }
}

function privateJwks({ keys }: OauthNeeds): JWK[] {
  return keys.all().map((key) => {
    const jwk: JWK = { ...key.private_key.export({ format: 'jwk' }), kid: key.kid, alg: key.algorithm, use: 'sig' }
    return jwk
  })
}
