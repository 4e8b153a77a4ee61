import { Type } from 'typebox'
import { anyText, blankText, hash } from '../../platform/http/parameters.ts'
import { credential, RequestOptions } from '../passkeys/schema.ts'

const LIFETIME = { description: 'Expires in time in seconds' }
const expiresIn = Type.Optional(anyText('Expires In', LIFETIME))

export const SignIn = Type.Object(
  {
    email: blankText('Email'),
    password: blankText('Password'),
    application_id: blankText('Application ID'),
    expires_in: Type.Optional(anyText('Expires In', { ...LIFETIME, untyped: true })),
    otp_code: Type.Optional(blankText('OTP code', { description: 'Code from Google Authenticator' })),
    passkey: Type.Optional(
      hash('Passkey', {
        blank: false,
        description: 'In place of a code: what the passkey signed for the `passkey_options` of the 403',
      }),
    ),
  },
  { title: 'SignIn' },
)
/** A second factor is missing. */
export const SecondFactorReply = Type.Object(
  { error: Type.String(), passkey_options: Type.Optional(RequestOptions) },
  { title: 'SecondFactorError' },
)
export const PasskeySignIn = Type.Object(
  {
    credential,
    application_id: blankText('Application ID'),
    expires_in: expiresIn,
  },
  { title: 'PasskeySignIn' },
)
export const Renewal = Type.Object({ expires_in: expiresIn }, { title: 'Renewal' })

export const Confirmation = Type.Object(
  {
    password: Type.Optional(blankText('Password', { description: 'Needed unless a passkey is shown' })),
    otp_code: Type.Optional(
      blankText('OTP code', { description: 'Where 2FA is on: code of the app, or a recovery code' }),
    ),
    passkey: Type.Optional(
      hash('Passkey', {
        blank: false,
        description: 'In place of both: what a passkey signed for /security/confirm_options',
      }),
    ),
  },
  { title: 'Confirmation' },
)
export const Freshness = Type.Object(
  {
    fresh_until: Type.String({
      format: 'date-time',
      description: 'Until then dangerous changes are made in this session',
    }),
    token: Type.Optional(
      Type.String({ description: 'JWT in place of the one that asked, which ended; where SESSION_REQUIRE wants it' }),
    ),
  },
  { title: 'Freshness' },
)

export const SessionId = Type.Object({
  id: Type.String({ description: 'A number, or `current` for the one that asks: to sign out' }),
})

/** A session as its owner sees it. */
export const SessionView = Type.Object(
  {
    id: Type.Integer(),
    current: Type.Boolean({ description: 'Whether it is the one that asks' }),
    application: Type.Union([Type.Object({ uid: Type.String(), name: Type.String() }), Type.Null()], {
      description: 'null: a browser, signed in at the pages of this server',
    }),
    scopes: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'null: it may do everything' }),
    address: Type.Union([Type.String(), Type.Null()]),
    device: Type.Union([Type.String(), Type.Null()], { description: 'What the browser or program calls itself' }),
    signed_in_at: Type.String(),
    created_at: Type.String(),
    expires_at: Type.String(),
  },
  { title: 'Session' },
)
