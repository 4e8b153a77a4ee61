import { type Static, Type } from 'typebox'
import { blankText, hash, text } from '../../platform/http/parameters.ts'

/** What `PublicKeyCredential.toJSON()` gives in browsers. */
export const credential = hash('Credential', {
  blank: false,
  description: 'The credential as browsers give it: PublicKeyCredential.toJSON() (WebAuthn level 3)',
})

export const NewPasskey = Type.Object(
  {
    name: Type.Optional(blankText('Name', { description: 'What the person calls it; up to 64 characters' })),
    credential,
  },
  { title: 'NewPasskey' },
)
export const PasskeyName = Type.Object(
  { name: text('Name', { description: 'Up to 64 characters' }) },
  { title: 'PasskeyName' },
)
export const PasskeyId = Type.Object({ id: Type.String() })

/** A passkey as its owner sees it. */
export const PasskeyView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    synced: Type.Boolean({ description: 'Whether it can be on several devices' }),
    created_at: Type.String(),
    last_used_at: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Passkey' },
)
export type PasskeyView = Static<typeof PasskeyView>

const Descriptor = Type.Object(
  {
    id: Type.String({ description: 'base64url' }),
    type: Type.Literal('public-key'),
    transports: Type.Array(Type.String()),
  },
  { title: 'PasskeyDescriptor' },
)

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export const CreationOptions = Type.Object(
  {
    rp: Type.Object({ id: Type.String(), name: Type.String() }),
    user: Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
    challenge: Type.String({ description: 'base64url; good once and for five minutes' }),
    pubKeyCredParams: Type.Array(Type.Object({ type: Type.Literal('public-key'), alg: Type.Integer() })),
    timeout: Type.Integer({ description: 'Milliseconds' }),
    excludeCredentials: Type.Array(Descriptor),
    authenticatorSelection: Type.Object({
      residentKey: Type.Literal('preferred'),
      userVerification: Type.Literal('preferred'),
    }),
    attestation: Type.Literal('none'),
  },
  { title: 'PasskeyCreationOptions' },
)

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export const RequestOptions = Type.Object(
  {
    challenge: Type.String({ description: 'base64url; good once and for five minutes' }),
    rpId: Type.String(),
    timeout: Type.Integer({ description: 'Milliseconds' }),
    allowCredentials: Type.Array(Descriptor, { description: 'Empty: any passkey of this server' }),
    userVerification: Type.Union([Type.Literal('required'), Type.Literal('preferred')]),
  },
  { title: 'PasskeyRequestOptions' },
)
