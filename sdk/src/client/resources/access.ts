import type { Body, CallOptions, Query } from '../operation.ts'
import type { Request } from '../request.ts'

/** Where the account is signed in. */
export const sessionsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/sessions', options),
  end: (id: number, options: CallOptions = {}) =>
    request('DELETE /api/v1/sessions/{id}', { path: { id: String(id) }, ...options }),
  /** Ends all but this one. */
  endOthers: (options: CallOptions = {}) => request('DELETE /api/v1/sessions', options),
})

/** Keys for programs. Each call takes a fresh code of the authenticator app. */
export const apiKeysOf = (request: Request) => ({
  list: (totp_code: string, options: CallOptions = {}) =>
    request('GET /api/v1/api_keys', { query: { totp_code }, ...options }),
  get: (uid: string, totp_code: string, options: CallOptions = {}) =>
    request('GET /api/v1/api_keys/{uid}', { path: { uid }, query: { totp_code }, ...options }),
  /** Registers the public half of a key pair, as `createKeyPair` makes it. */
  create: (body: Body<'POST /api/v1/api_keys'>, options: CallOptions = {}) =>
    request('POST /api/v1/api_keys', { body, ...options }),
  change: (uid: string, body: Body<'PATCH /api/v1/api_keys/{uid}'>, options: CallOptions = {}) =>
    request('PATCH /api/v1/api_keys/{uid}', { path: { uid }, body, ...options }),
  remove: (uid: string, totp_code: string, options: CallOptions = {}) =>
    request('DELETE /api/v1/api_keys/{uid}', { path: { uid }, query: { totp_code }, ...options }),
})

/** Applications that were let in. */
export const applicationsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/authorized_applications', options),
  /** Takes back what an application was allowed; its tokens end. */
  remove: (uid: string, options: CallOptions = {}) =>
    request('DELETE /api/v1/authorized_applications/{uid}', { path: { uid }, ...options }),
})

/** What happened to the account. */
export const activityOf = (request: Request) => ({
  /** A page, newest first; go on with `before`, the `id` of the last one. */
  list: (query: Query<'GET /api/v1/activities'> = {}, options: CallOptions = {}) =>
    request('GET /api/v1/activities', { query, ...options }),
})
