import type { paths as AdminPaths } from '@barong/sdk/admin-api'
import type { paths as UserPaths } from '@barong/sdk/user-api'
import createClient, { type Middleware } from 'openapi-fetch'
import { Problem, problemOf } from './problem.ts'
import { browserSession } from './session.ts'

/** The session of this browser. */
export const session = browserSession()

/** Every call bears the session's token; a refusal is thrown as a `Problem`. */
const signedIn: Middleware = {
  onRequest: async ({ request }) => {
    request.headers.set('authorization', `Bearer ${await session.token()}`)
    return request
  },
  onResponse: async ({ response }) => {
    if (response.ok) return
    if (response.status === 401) session.forget()
    throw problemOf(response, await response.json().catch(() => undefined))
  },
  onError: ({ error }) => (error instanceof TypeError ? new Problem(0, ['The server was not reached']) : undefined),
}

/** The API of account holders. */
export const userApi = createClient<UserPaths>()
userApi.use(signedIn)

/** The API of those who run the server. */
export const adminApi = createClient<AdminPaths>()
adminApi.use(signedIn)

/** The body of an answer that has one. */
export async function bodyOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call
  if (data === undefined) throw new Problem(0, ['Something went wrong'])
  return data
}

/** What is no JSON, from an address that the API told. */
export async function fetchSignedIn(url: string): Promise<Response> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${await session.token()}` } })
  if (!response.ok) throw problemOf(response, await response.json().catch(() => undefined))
  return response
}
