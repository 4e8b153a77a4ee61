import { bad, type Call, callOf, type Result } from '../call.ts'
import type { Answer, Body, CallOptions } from '../operation.ts'
import { makePasskey, signWithPasskey } from '../passkeys.ts'
import type { Request } from '../request.ts'

/** Second factors, and proving who one is before dangerous changes. */
export const securityOf = (request: Request) => ({
  /** Proves once more who one is, for some minutes: what `confirmation_required` asks for. */
  confirm: (body: Body<'POST /api/v1/security/confirm'>, options: CallOptions = {}) =>
    request('POST /api/v1/security/confirm', { body, ...options }),
  /** The same by a passkey, which the browser asks for. */
  confirmWithPasskey: () => callOf(confirmWithPasskey(request)),
  /** Begins with an authenticator app: its QR code and address are in `data.data`. */
  startTwoFactor: (options: CallOptions = {}) => request('POST /api/v1/security/generate_qrcode', options),
  /** Turns two-factor authentication on by a code of the app. */
  enableTwoFactor: (code: string, options: CallOptions = {}) =>
    request('POST /api/v1/security/enable_2fa', { body: { code }, ...options }),
  /** Turns it off. */
  disableTwoFactor: (body: Body<'POST /api/v1/security/disable_2fa'>, options: CallOptions = {}) =>
    request('POST /api/v1/security/disable_2fa', { body, ...options }),
  /** How many recovery codes are left. */
  recoveryCodes: (options: CallOptions = {}) => request('GET /api/v1/security/recovery_codes', options),
  /** Makes ten recovery codes in place of all earlier ones; by a code of the app, where there is one. */
  makeRecoveryCodes: (code?: string, options: CallOptions = {}) =>
    request('POST /api/v1/security/recovery_codes', { body: code === undefined ? {} : { code }, ...options }),
  /** What the account may not do for the moment, and until when. */
  holds: (options: CallOptions = {}) => request('GET /api/v1/security/holds', options),
})

/** The account's passkeys. */
export const passkeysOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/security/passkeys', options),
  /** Has this browser make a passkey, and adds it. */
  add: (name: string): Call<Answer<'POST /api/v1/security/passkeys'>> => callOf(addPasskey(request, name)),
  rename: (id: string, name: string, options: CallOptions = {}) =>
    request('PUT /api/v1/security/passkeys/{id}', { path: { id }, body: { name }, ...options }),
  remove: (id: string, options: CallOptions = {}) =>
    request('DELETE /api/v1/security/passkeys/{id}', { path: { id }, ...options }),
})

async function addPasskey(request: Request, name: string): Promise<Result<Answer<'POST /api/v1/security/passkeys'>>> {
  const options = await request('POST /api/v1/security/passkeys/options')
  if (options.error) return bad(options.error)
  const made = await makePasskey(options.data)
  if (made.error) return bad(made.error)
  return request('POST /api/v1/security/passkeys', { body: { name, credential: made.data } })
}

async function confirmWithPasskey(request: Request): Promise<Result<Answer<'POST /api/v1/security/confirm'>>> {
  const options = await request('POST /api/v1/security/confirm_options')
  if (options.error) return bad(options.error)
  const signed = await signWithPasskey(options.data)
  if (signed.error) return bad(signed.error)
  return request('POST /api/v1/security/confirm', { body: { passkey: signed.data } })
}
