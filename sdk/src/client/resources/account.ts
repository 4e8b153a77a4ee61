import type { Body, CallOptions } from '../operation.ts'
import type { Request } from '../request.ts'

/** The account: how it begins, and what becomes of its e-mail and password. */
export const accountOf = (request: Request) => ({
  /** Opens an account; a mail brings the token that confirms it. */
  signUp: (body: Body<'POST /api/v1/accounts'>, options: CallOptions = {}) =>
    request('POST /api/v1/accounts', { body, ...options }),
  /** Confirms the e-mail address by the token of the mail. */
  confirm: (confirmation_token: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/confirm', { body: { confirmation_token }, ...options }),
  /** Mails another token that confirms the address. */
  resendConfirmation: (email: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/send_confirmation_instructions', { body: { email }, ...options }),
  /** Mails a token that opens a locked account. */
  requestUnlock: (email: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/send_unlock_instructions', { body: { email }, ...options }),
  /** Opens a locked account by the token of the mail. */
  unlock: (unlock_token: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/unlock', { body: { unlock_token }, ...options }),
  /** Mails a token that sets a new password. */
  requestPasswordReset: (email: string, options: CallOptions = {}) =>
    request('POST /api/v1/security/reset_password', { body: { email }, ...options }),
  /** Sets a new password by the token of the mail. */
  resetPassword: (body: Body<'PUT /api/v1/security/reset_password'>, options: CallOptions = {}) =>
    request('PUT /api/v1/security/reset_password', { body, ...options }),
  /** Who is signed in. */
  me: (options: CallOptions = {}) => request('GET /api/v1/accounts/me', options),
  /** Replaces the password; other sessions end. */
  changePassword: (body: Body<'PUT /api/v1/accounts/password'>, options: CallOptions = {}) =>
    request('PUT /api/v1/accounts/password', { body, ...options }),
  /** Mails a link to the present and one to the new address. */
  requestEmailChange: (email: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/email', { body: { email }, ...options }),
  /** Agrees to a change of the address by the token of either mail. */
  confirmEmailChange: (email_change_token: string, options: CallOptions = {}) =>
    request('POST /api/v1/accounts/email/confirm', { body: { email_change_token }, ...options }),
  /** The change of the address that waits for an answer. */
  emailChange: (options: CallOptions = {}) => request('GET /api/v1/accounts/email', options),
  /** Calls the change of the address off. */
  cancelEmailChange: (options: CallOptions = {}) => request('DELETE /api/v1/accounts/email', options),
  /** Freezes the account by the token of a mail that told of a change its owner did not make. */
  reportNotMe: (notice_token: string, options: CallOptions = {}) =>
    request('POST /api/v1/security/not_me', { body: { notice_token }, ...options }),
})
