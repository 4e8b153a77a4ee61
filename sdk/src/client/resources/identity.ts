import type { Body, CallOptions } from '../operation.ts'
import type { Request } from '../request.ts'

/** Who the person is. */
export const profileOf = (request: Request) => ({
  get: (options: CallOptions = {}) => request('GET /api/v1/profiles/me', options),
  /** Hands the profile in. */
  create: (body: Body<'POST /api/v1/profiles'>, options: CallOptions = {}) =>
    request('POST /api/v1/profiles', { body, ...options }),
})

/** Numbers verified by SMS. */
export const phonesOf = (request: Request) => ({
  /** Sends a code to a number that is new to the account. */
  add: (phone_number: string, options: CallOptions = {}) =>
    request('POST /api/v1/phones', { body: { phone_number }, ...options }),
  /** Sends another code. */
  resendCode: (phone_number: string, options: CallOptions = {}) =>
    request('POST /api/v1/phones/send_code', { body: { phone_number }, ...options }),
  /** Makes the number the account's own. */
  verify: (phone_number: string, verification_code: string, options: CallOptions = {}) =>
    request('POST /api/v1/phones/verify', { body: { phone_number, verification_code }, ...options }),
})

/** Papers that prove it. */
export const documentsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/documents', options),
  /** Hands a paper in; `upload` is a `File` or a `Blob`. */
  add: (body: Body<'POST /api/v1/documents'>, options: CallOptions = {}) =>
    request('POST /api/v1/documents', { body, ...options }),
  /** How far the review of the papers is, and what was decided why. */
  review: (options: CallOptions = {}) => request('GET /api/v1/reviews/me', options),
})

/** What is known about the account; a person changes the public ones only. */
export const labelsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/labels', options),
  get: (key: string, options: CallOptions = {}) => request('GET /api/v1/labels/{key}', { path: { key }, ...options }),
  add: (key: string, value: string, options: CallOptions = {}) =>
    request('POST /api/v1/labels', { body: { key, value }, ...options }),
  change: (key: string, value: string, options: CallOptions = {}) =>
    request('PATCH /api/v1/labels/{key}', { path: { key }, body: { value }, ...options }),
  remove: (key: string, options: CallOptions = {}) =>
    request('DELETE /api/v1/labels/{key}', { path: { key }, ...options }),
})
