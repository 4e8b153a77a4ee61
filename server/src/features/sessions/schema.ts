import { Type } from 'typebox'
import { anyText, blankText } from '../../platform/http/parameters.ts'

const expiresIn = Type.Optional(anyText('Expires In', { description: 'Expires in time in seconds' }))

export const SignIn = Type.Object({
  email: blankText('Email'),
  password: blankText('Password'),
  application_id: blankText('Application ID'),
  expires_in: expiresIn,
  otp_code: Type.Optional(blankText('OTP code', { description: 'Code from Google Authenticator' })),
})
export const Renewal = Type.Object({ expires_in: expiresIn })
