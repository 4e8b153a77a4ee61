import { Type } from 'typebox'
import { blankText, text } from '../../platform/http/parameters.ts'

export const Code = Type.Object(
  { code: text('Code', { description: 'Code from Google Authenticator' }) },
  { title: 'OneTimeCode' },
)

export const RecoveryRequest = Type.Object(
  {
    code: Type.Optional(text('Code', { description: 'Code of the authenticator app, where there is one' })),
  },
  { title: 'RecoveryRequest' },
)

export const Removal = Type.Object(
  {
    password: blankText('Password'),
    code: text('Code', { description: 'Code of the authenticator app, or a recovery code' }),
  },
  { title: 'TwoFactorRemoval' },
)

/** The one-time code of operations that ask for one each time. */
export const totpCode = { totp_code: text('TOTP Code', { description: 'Code from Google Authenticator' }) }
export const TotpCode = Type.Object(totpCode)

export const RecoveryCodes = Type.Object(
  {
    codes: Type.Array(Type.String(), {
      description: 'Ten codes, told only now; each signs in once in place of a code of the app',
    }),
  },
  { title: 'RecoveryCodes' },
)
export const RecoveryCodesLeft = Type.Object(
  { left: Type.Integer({ description: 'Codes that are unused' }) },
  { title: 'RecoveryCodesLeft' },
)

/** The envelope is that of the secret store Barong 1.8.26 kept its secrets in; only `data` tells anything. */
export const EnrolmentView = Type.Object(
  {
    auth: Type.Null(),
    data: Type.Object({
      barcode: Type.String({ description: 'QR code of the URL: PNG of 300 × 300 pixels in base64' }),
      url: Type.String({ description: 'otpauth://totp/…' }),
    }),
    lease_duration: Type.Integer(),
    lease_id: Type.String(),
    renewable: Type.Boolean(),
    warnings: Type.Null(),
    wrap_info: Type.Null(),
  },
  { title: 'TwoFactorEnrolment' },
)
