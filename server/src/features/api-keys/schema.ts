import { type Static, Type } from 'typebox'
import { anyText, text } from '../../platform/http/parameters.ts'
import { closedSet } from '../../platform/http/sets.ts'
import { totpCode } from '../two-factor/schema.ts'

const STATES = ['active', 'inactive']
/** Whether a key may be used. */
export const ApiKeyStanding = closedSet('APIKeyState', STATES)

const publicKey = text('Public Key', {
  description: 'RSA (2048 bits or more), EC P-256 or Ed25519; the PEM, or its base64 or base64url',
})
const scopes = text('Scopes', { description: 'comma separated scopes' })
const expiresIn = anyText('Expires In', { description: 'Seconds that tokens of this key live, 30 to 86400' })

const rules = {
  allowed_networks: Type.Optional(
    text('Allowed Networks', {
      description:
        'Addresses and networks that it may be used from, comma separated, up to 32; `any` takes the rule away',
      examples: ['203.0.113.0/24,2001:db8::/32'],
    }),
  ),
  expires_at: Type.Optional(
    text('Expires At', {
      description: 'From when on it may not be used (RFC 3339); `never` takes the rule away',
      examples: ['2027-01-31T12:00:00Z'],
    }),
  ),
  rate: Type.Optional(
    text('Rate', {
      description:
        'How often it may be used, at all processes together but for the last second; `off` takes the rule away',
      examples: ['10/1s,1000/1h'],
    }),
  ),
}

export const NewApiKey = Type.Object(
  {
    public_key: publicKey,
    scopes: Type.Optional(scopes),
    expires_in: Type.Optional(expiresIn),
    ...rules,
    ...totpCode,
  },
  { title: 'NewAPIKey' },
)
export const ApiKeyPatch = Type.Object(
  {
    public_key: Type.Optional(publicKey),
    scopes: Type.Optional(scopes),
    expires_in: Type.Optional(expiresIn),
    // 1.8.26 has no display name for this one.
    state: Type.Optional(text('state', { 'x-extensible-enum': STATES })),
    ...rules,
    ...totpCode,
  },
  { title: 'APIKeyChange' },
)
export const ApiKeyUid = Type.Object({ uid: Type.String() })

/** Rules of a key and its last use; what there is not is left out, so that other keys look as in 1.8.26. */
export const ApiKeyRules = {
  allowed_networks: Type.Optional(Type.String({ description: 'Where it may be used from; left out: anywhere' })),
  expires_at: Type.Optional(Type.String({ description: 'From when on it may not be used; left out: never' })),
  rate: Type.Optional(Type.String({ description: 'How often it may be used; left out: as often as its account may' })),
  last_used_at: Type.Optional(Type.String({ description: 'Told some seconds after the use; left out: never' })),
  last_used_from: Type.Optional(Type.String({ description: 'Address of the last use' })),
}

/** An API key as its owner sees it. */
export const ApiKeyView = Type.Object(
  {
    uid: Type.String({ description: 'API Key uid' }),
    public_key: Type.String(),
    scopes: Type.Union([Type.String(), Type.Null()]),
    expires_in: Type.Integer({ description: 'Seconds' }),
    state: ApiKeyStanding,
    created_at: Type.String(),
    updated_at: Type.String(),
    ...ApiKeyRules,
  },
  { title: 'APIKey' },
)
export type ApiKeyView = Static<typeof ApiKeyView>

export const ApiKeyQuestion = Type.Object(
  {
    uid: text('UID', { description: 'API Key uid' }),
    account_uid: Type.Optional(text('Account UID', { description: 'Account it must belong to' })),
  },
  { title: 'APIKeyQuestion' },
)
export const ApiKeyState = Type.Object({ state: ApiKeyStanding }, { title: 'APIKeyAnswer' })

export const ClientToken = Type.Object(
  {
    kid: text('KID', { description: 'API Key uid' }),
    jwt_token: text('JWT Token', { description: "JWT signed with the key's private half" }),
  },
  { title: 'ClientToken' },
)
export const SessionToken = Type.Object({ token: Type.String({ description: 'JWT' }) }, { title: 'SessionToken' })
