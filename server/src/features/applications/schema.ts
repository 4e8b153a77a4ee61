import { type Static, Type } from 'typebox'
import { GRANTS } from './grants.ts'
import { SCOPES } from './scopes.ts'

const name = Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' })
const redirectUris = Type.Array(Type.String({ minLength: 1, maxLength: 2000 }), {
  title: 'Redirect URI',
  maxItems: 50,
  uniqueItems: true,
})
const scopes = Type.Array(Type.Enum([...SCOPES]), { uniqueItems: true, description: 'Empty: any' })
const grantTypes = Type.Array(Type.Enum([...GRANTS]), { minItems: 1, uniqueItems: true })
const resources = Type.Array(Type.String({ minLength: 1, maxLength: 2000, pattern: '^\\S+$' }), {
  title: 'Resource',
  maxItems: 50,
  uniqueItems: true,
  description:
    'What its tokens may be for (RFC 8707): URIs as it names them in `resource`, besides the user API, which it may always name. `*`: any',
})
const dpopBound = Type.Boolean({
  description:
    'All its tokens are bound to a key of its own (RFC 9449, section 5.2); false: those it asks for with a proof of one',
})
const skipauth = Type.Boolean({
  description: 'People are not asked for their consent; such an application may do everything',
})
const pkceRequired = Type.Boolean({ description: 'false only for a confidential client that cannot do PKCE' })
const tokenAlgorithm = Type.Union([Type.Enum(['RS256', 'ES256', 'EdDSA']), Type.Null()], { description: 'null: RS256' })
const accessTokenLifetime = Type.Union([Type.Integer({ minimum: 60, maximum: 86_400 }), Type.Null()], {
  description: 'Seconds; null: as JWT_LIFETIME says',
})
const refreshTokenLifetime = Type.Union([Type.Integer({ minimum: 60, maximum: 31_536_000 }), Type.Null()], {
  description: 'Seconds; null: 14 days',
})

const jwks = Type.Union([Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) }), Type.Null()], {
  description:
    'Public keys it proves who it is by (RFC 7517, private_key_jwt), instead of a secret: RSA of 2048 bits or more, P-256 or Ed25519; null: none',
})
const jwksUri = Type.Union([Type.String({ minLength: 1, maxLength: 2000 }), Type.Null()], {
  description: 'Where it publishes them instead; null: nowhere',
})

const changeable = {
  name,
  redirect_uris: redirectUris,
  scopes,
  resources,
  grant_types: grantTypes,
  skipauth,
  pkce_required: pkceRequired,
  dpop_bound_access_tokens: dpopBound,
  token_algorithm: tokenAlgorithm,
  access_token_lifetime: accessTokenLifetime,
  refresh_token_lifetime: refreshTokenLifetime,
  jwks,
  jwks_uri: jwksUri,
}

/** What can be said of a new application. */
export const ApplicationInput = Type.Object(
  {
    ...Type.Partial(Type.Object(changeable)).properties,
    name,
    public: Type.Optional(Type.Boolean({ description: 'It cannot keep a secret: a page or an app' })),
  },
  { title: 'NewApplication', additionalProperties: false },
)
export type ApplicationInput = Static<typeof ApplicationInput>

/** What can be changed of an application. */
export const ApplicationPatch = Type.Partial(Type.Object(changeable), {
  title: 'ApplicationChange',
  additionalProperties: false,
  minProperties: 1,
})
export type ApplicationPatch = Static<typeof ApplicationPatch>

/** An application as operators see it. */
export const ApplicationView = Type.Object(
  {
    uid: Type.String(),
    ...changeable,
    public: Type.Boolean(),
    token_endpoint_auth_method: Type.Enum(['client_secret_basic', 'private_key_jwt', 'none']),
    created_at: Type.String(),
    updated_at: Type.String(),
  },
  { title: 'Application' },
)
export type ApplicationView = Static<typeof ApplicationView>

/** An application with its secret, which is shown only when it was made; one with keys has none. */
export const ApplicationWithSecret = Type.Object(
  { ...ApplicationView.properties, secret: Type.Optional(Type.String()) },
  { title: 'ApplicationWithSecret' },
)
export const ApplicationUid = Type.Object({ uid: Type.String() })
export const ApplicationSecret = Type.Object({ secret: Type.String() }, { title: 'ApplicationSecret' })
