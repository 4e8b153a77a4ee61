import type { Body, CallOptions, Query } from '../operation.ts'
import type { Request } from '../request.ts'

/** Where the account is signed in. */
export const sessionsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/sessions', options),
  end: (id: number) => request('DELETE /api/v1/sessions/{id}', { path: { id: String(id) } }),
  /** Ends all but this one. */
  endOthers: () => request('DELETE /api/v1/sessions'),
})

/** Keys for programs. Each call takes a fresh code of the authenticator app. */
export const apiKeysOf = (request: Request) => ({
  list: (totp_code: string) => request('GET /api/v1/api_keys', { query: { totp_code } }),
  get: (uid: string, totp_code: string) =>
    request('GET /api/v1/api_keys/{uid}', { path: { uid }, query: { totp_code } }),
  /** Registers the public half of a key pair, as `createKeyPair` makes it. */
  create: (body: Body<'POST /api/v1/api_keys'>) => request('POST /api/v1/api_keys', { body }),
  change: (uid: string, body: Body<'PATCH /api/v1/api_keys/{uid}'>) =>
    request('PATCH /api/v1/api_keys/{uid}', { path: { uid }, body }),
  remove: (uid: string, totp_code: string) =>
    request('DELETE /api/v1/api_keys/{uid}', { path: { uid }, query: { totp_code } }),
})

/** Applications that were let in. */
export const applicationsOf = (request: Request) => ({
  list: (options: CallOptions = {}) => request('GET /api/v1/authorized_applications', options),
  /** Takes back what an application was allowed; its tokens end. */
  remove: (uid: string) => request('DELETE /api/v1/authorized_applications/{uid}', { path: { uid } }),
})

/** What happened to the account. */
export const activityOf = (request: Request) => ({
  /** A page, newest first; go on with `before`, the `id` of the last one. */
  list: (query: Query<'GET /api/v1/activities'> = {}, options: CallOptions = {}) =>
    request('GET /api/v1/activities', { query, ...options }),
})
