import type { Auth } from './auth.ts'
import { isBound } from './tokens.ts'

/**
 * A `fetch` for other services that trust the server's tokens: each request bears the caller's token, with a proof where that is
 * bound to a key, and is made once more with a new one where the service answers 401. The token goes to those origins and
 * nowhere else.
 */
export function tokenFetch(
  auth: Pick<Auth, 'token' | 'replace' | 'dpop'>,
  origins: readonly string[],
  fetch: typeof globalThis.fetch = globalThis.fetch,
): typeof globalThis.fetch {
  /** Sends it, and once more where nothing but its proof was wrong. */
  const send = async (request: Request, token: string | undefined): Promise<Response> => {
    const { dpop } = auth
    const again = dpop && request.clone()
    const answer = await fetch(await bearing(request, token, dpop))
    if (!again || !dpop.learn(request.url, answer)) return answer
    return fetch(await bearing(again, token, dpop))
  }
  return async (input, init) => {
    // A body can be read once, and a second try would need it again.
    const request = new Request(input, init)
    const again = request.clone()
    if (!origins.includes(new URL(request.url).origin)) throw new TypeError(`No token is sent to ${request.url}`)
    const first = await auth.token()
    if (first.error) throw first.error
    const answer = await send(request, first.data)
    if (answer.status !== 401 || first.data === undefined) return answer
    const second = await auth.replace(first.data)
    if (second.error) throw second.error
    return second.data === undefined ? answer : send(again, second.data)
  }
}

async function bearing(request: Request, token: string | undefined, dpop: Auth['dpop']): Promise<Request> {
  if (token === undefined) return request
  const scheme = dpop && isBound(token) ? 'DPoP' : 'Bearer'
  request.headers.set('authorization', `${scheme} ${token}`)
  if (dpop && scheme === 'DPoP') request.headers.set('dpop', await dpop.proof({ ...lineOf(request), token }))
  return request
}

const lineOf = ({ method, url }: Request) => ({ method, url })
