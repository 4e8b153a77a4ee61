import { type Static, Type } from 'typebox'
import { anyText, text } from '../../platform/http/parameters.ts'
import { totpCode } from '../two-factor/schema.ts'

const publicKey = text('Public Key', {
  description: 'RSA (2048 bits or more), EC P-256 or Ed25519; the PEM, or its base64 or base64url',
})
const scopes = text('Scopes', { description: 'comma separated scopes' })
const expiresIn = anyText('Expires In', { description: 'Seconds that tokens of this key live, 30 to 86400' })

export const NewApiKey = Type.Object({
  public_key: publicKey,
  scopes: Type.Optional(scopes),
  expires_in: Type.Optional(expiresIn),
  ...totpCode,
})
export const ApiKeyPatch = Type.Object({
  public_key: Type.Optional(publicKey),
  scopes: Type.Optional(scopes),
  expires_in: Type.Optional(expiresIn),
  // 1.8.26 has no display name for this one.
  state: Type.Optional(text('state', { description: "'active' or 'inactive'" })),
  ...totpCode,
})
export const ApiKeyUid = Type.Object({ uid: Type.String() })

/** An API key as its owner sees it. */
export const ApiKeyView = Type.Object(
  {
    uid: Type.String({ description: 'API Key uid' }),
    public_key: Type.String(),
    scopes: Type.Union([Type.String(), Type.Null()]),
    expires_in: Type.Integer({ description: 'Seconds' }),
    state: Type.String({ description: "'active' or 'inactive'" }),
    created_at: Type.String(),
    updated_at: Type.String(),
  },
  { title: 'APIKey' },
)
export type ApiKeyView = Static<typeof ApiKeyView>

export const ApiKeyQuestion = Type.Object({
  uid: text('UID', { description: 'API Key uid' }),
  account_uid: Type.Optional(text('Account UID', { description: 'Account it must belong to' })),
})
export const ApiKeyState = Type.Object({ state: Type.String() })

export const ClientToken = Type.Object({
  kid: text('KID', { description: 'API Key uid' }),
  jwt_token: text('JWT Token', { description: "JWT signed with the key's private half" }),
})
export const SessionToken = Type.Object({ token: Type.String({ description: 'JWT' }) })
