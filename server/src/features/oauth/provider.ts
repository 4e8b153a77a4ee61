import type { Client, ClientAuthMethod, Configuration, JWK, KoaContextWithOIDC } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import { SIGNATURE_ALGORITHMS } from '../../platform/crypto/jwk-set.ts'
import type { Frame } from '../../platform/http/pages.ts'
import { SCOPES } from '../applications/applications.ts'
import { PROOF_ALGORITHMS } from '../key-proofs/key-proofs.ts'
import { issueJwts } from './access-tokens.ts'
import { adapterFor } from './adapter.ts'
import { answerFailure, finishAnswers } from './answers.ts'
import { judgeKeysFirst } from './bound-codes.ts'
import { bindToBrowser } from './browser-binding.ts'
import { browserLifetime, endWithBrowser } from './browser-sessions.ts'
import { keepToScopes } from './claims-parameter.ts'
import { refuseLooseAssertion } from './client-assertions.ts'
import type { ClientKeys } from './client-keys.ts'
import { cookieName, cookieOptions } from './cookies.ts'
import { type errors, Provider } from './engine-package.ts'
import { grantFor } from './grants.ts'
import { devicePages, errorPage, signOutPages } from './pages.ts'
import { dutyOfPerson, findPersonOf } from './people.ts'
import { interactionPolicyOf, MULTI_FACTOR, SINGLE_FACTOR } from './policy.ts'
import { keepFamiliesWhole } from './refresh-families.ts'
import { RESUME_COOKIE, resumeByBrowser } from './resuming.ts'
import { createExchanges, type Exchanges } from './rotations.ts'
import { CLAIMS_OF_SCOPES } from './scopes.ts'
import { findPerson } from './store.ts'
import { judgeTargetsFirst, resourceIndicators } from './targets.ts'
import { ROUTES } from './urls.ts'
import { noteWaiting } from './waiting.ts'

export type OauthNeeds = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'vault' | 'keys' | 'outbox' | 'log'> & {
  client_keys: ClientKeys
}

const inSeconds = (ms: number): number => ms / SECOND

/** The OAuth 2.1 and OpenID Connect engine over our accounts, applications and keys. */
export function createProvider(needs: OauthNeeds, frame: Frame): Provider {
  const exchanges = createExchanges()
  const provider = new Provider(needs.config.url, configurationOf(needs, frame, exchanges))
  // The routes say what the public address is and how it is reached; nothing of the sort is taken from outside.
  provider.proxy = true
  issueJwts(provider, needs, exchanges)
  keepFamiliesWhole(provider, needs, exchanges)
  judgeTargetsFirst(provider, needs)
  judgeKeysFirst(provider)
  endWithBrowser(provider, needs)
  finishAnswers(provider, needs, frame)
  resumeByBrowser(provider, needs)
  provider.on('grant.error', (context, { error }) => {
    if (error === 'authorization_pending') noteWaiting(context.res)
  })
  const tell = (context: KoaContextWithOIDC, { error, error_detail, error_description }: errors.OIDCProviderError) => {
    const application = context.oidc.params?.['client_id'] ?? context.oidc.client?.clientId
    // Applications are told less, as whoever guesses at one would learn from it.
    needs.log.info({ error, why: error_detail ?? error_description, application }, 'An application is refused')
  }
  provider.on('grant.error', tell)
  provider.on('introspection.error', tell)
  provider.on('revocation.error', tell)
  provider.on('pushed_authorization_request.error', tell)
  provider.on('device_authorization.error', tell)
  provider.on('server_error', (context, error) => answerFailure(context, needs, frame, error))
  return provider
}

function configurationOf(needs: OauthNeeds, frame: Frame, exchanges: Exchanges): Configuration {
  return {
    adapter: adapterFor(needs, exchanges),
    findAccount: findPersonOf(needs),
    jwks: { keys: privateJwks(needs) },
    scopes: SCOPES,
    claims: { iss: null, sid: null, ...CLAIMS_OF_SCOPES },
    // Relying parties of 1.8 read everything from one token.
    conformIdTokenClaims: false,
    acrValues: [SINGLE_FACTOR, MULTI_FACTOR],
    responseTypes: ['code'],
    clientAuthMethods: authMethodsOf(needs),
    assertJwtClientAuthClaimsAndHeader: (_context, claims) => refuseLooseAssertion(needs, claims),
    // The keys of clients are fetched by us, with bounds of our own; the engine has nothing to ask of anybody.
    fetch: async () => {
      throw new Error('The engine calls nobody.')
    },
    clientDefaults: { grant_types: ['authorization_code'], response_types: ['code'] },
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: (_context, client) => client['pkce_waived'] !== true },
    extraClientMetadata: {
      properties: ['pkce_waived', 'consent_skipped', 'resources', 'access_token_lifetime', 'refresh_token_lifetime'],
    },
    clientBasedCORS: (context, origin, client) => mayCall(context.oidc.route, origin, client),
    expiresWithSession: async (_context, { scopes }) => !scopes.has('offline_access'),
    rotateRefreshToken: true,
    issueRefreshToken: async (_context, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: (context) => grantFor(needs, context),
    interactions: {
      policy: interactionPolicyOf(async (uid) => (await dutyOfPerson(needs, uid)) !== undefined),
      url: async (context, interaction) => {
        await bindToBrowser(needs, context, interaction)
        return `/oauth/interaction/${interaction.uid}`
      },
    },
    cookies: cookiesOf(needs),
    ttl: lifetimesOf(needs),
    routes: ROUTES,
    features: featuresOf(needs, frame),
    renderError: async (context, { error, error_description }) => errorPage(context, frame, error, error_description),
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'],
      dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
      clientAuthSigningAlgValues: [...SIGNATURE_ALGORITHMS],
    },
    discovery: { service_documentation: `${needs.config.url}/docs` },
  }
}

/** How clients may prove who they are; OAUTH_REQUIRE may want keys of all of them. */
const authMethodsOf = ({ config }: OauthNeeds): ClientAuthMethod[] =>
  config.values.OAUTH_REQUIRE.includes('client_keys')
    ? ['private_key_jwt']
    : ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']

function featuresOf({ db, config }: OauthNeeds, frame: Frame): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true, assertClaimsParameter: keepToScopes },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true, mask: '****-****', charset: 'base-20', ...devicePages(frame) },
    dPoP: { enabled: true },
    introspection: {
      enabled: true,
      // A client learns of its own tokens; first-party services learn of all. Nobody's token is good for nothing.
      allowedPolicy: async (_context, client, token) => {
        if ('accountId' in token && !(await findPerson(db, String(token.accountId)))) return false
        if (token.clientId === client.clientId) return true
        return client.clientAuthMethod !== 'none' && client['consent_skipped'] === true
      },
    },
    pushedAuthorizationRequests: { enabled: true },
    resourceIndicators: resourceIndicators({ config }),
    revocation: {
      enabled: true,
      allowedPolicy: async (_context, client, token) => token.clientId === client.clientId,
    },
    rpInitiatedLogout: { enabled: true, ...signOutPages(frame) },
    userinfo: { enabled: true },
  }
}

function lifetimesOf({ clock, config }: OauthNeeds): Configuration['ttl'] {
  const { JWT_LIFETIME, SESSION_ABSOLUTE_LIFETIME } = config.values
  const own = (client: Record<string, unknown> | undefined, name: string, fallback: number): number => {
    const value = client?.[name]
    return typeof value === 'number' ? value : fallback
  }
  return {
    AccessToken: (_context, _token, client) => own(client, 'access_token_lifetime', JWT_LIFETIME),
    ClientCredentials: (_context, _token, client) => own(client, 'access_token_lifetime', JWT_LIFETIME),
    RefreshToken: (_context, _token, client) => own(client, 'refresh_token_lifetime', inSeconds(14 * DAY)),
    AuthorizationCode: inSeconds(MINUTE),
    DeviceCode: inSeconds(10 * MINUTE),
    IdToken: inSeconds(HOUR),
    Interaction: inSeconds(30 * MINUTE),
    // Each use prolongs it.
    Session: (_context, { loginTs }) => browserLifetime({ clock, config }, loginTs),
    // What ends with the browser session needs its grant no longer than that.
    Grant: (_context, grant) =>
      grant.getOIDCScope().split(' ').includes('offline_access') ? inSeconds(365 * DAY) : SESSION_ABSOLUTE_LIFETIME,
  }
}

const cookiesOf = ({ config }: OauthNeeds): Configuration['cookies'] => ({
  names: {
    session: cookieName(config, 'session'),
    interaction: cookieName(config, 'interaction'),
    resume: RESUME_COOKIE,
  },
  long: cookieOptions(config),
  short: cookieOptions(config),
})

/** Scripts of a site may call for an application without a secret that sends people back to that site. */
const mayCall = (route: string, origin: string, client: Client): boolean =>
  (route === 'userinfo' || client.clientAuthMethod === 'none') &&
  (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin && origin !== 'null')

function privateJwks({ keys }: OauthNeeds): JWK[] {
  return keys.all().map((key) => {
    const jwk: JWK = { ...key.private_key.export({ format: 'jwk' }), kid: key.kid, alg: key.algorithm, use: 'sig' }
    return jwk
  })
}
