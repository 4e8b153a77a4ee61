import type { Auth } from './auth.ts'

/**
 * A `fetch` for other services that trust the server's tokens: each request bears the caller's token, and is made once
 * more with a new one where the service answers 401. The token goes to those origins and nowhere else.
 */
export function tokenFetch(
  auth: Pick<Auth, 'token' | 'replace'>,
  origins: readonly string[],
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  return async (input, init) => {
    // A body can be read once, and a second try would need it again.
    const request = new Request(input, init)
    const again = request.clone()
    if (!origins.includes(new URL(request.url).origin)) throw new TypeError(`No token is sent to ${request.url}`)
    const first = await auth.token()
    if (first.error) throw first.error
    const answer = await fetch(bearing(request, first.data))
    if (answer.status !== 401 || first.data === undefined) return answer
    const second = await auth.replace(first.data)
    if (second.error) throw second.error
    return second.data === undefined ? answer : fetch(bearing(again, second.data))
  }
}

function bearing(request: Request, token: string | undefined): Request {
  if (token !== undefined) request.headers.set('authorization', `Bearer ${token}`)
  return request
}
