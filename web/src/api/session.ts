import { problemOf } from './problem.ts'

/** A token for the API, in memory only; the browser's session, a cookie out of reach, makes new ones. */
interface Token {
  value: string
  /** Milliseconds of `performance.now()`. */
  stale_at: number
}

const EARLY = 30_000

/** Nobody is signed in in this browser. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}

export interface BrowserSession {
  /** A token that is good for a while yet. */
  token(): Promise<string>
  /** Forgets the token: what the session may do has changed, or the server did not take it. */
  forget(): void
}

/** The session of this browser. */
export function browserSession(): BrowserSession {
  let kept: Promise<Token> | undefined
  return {
    token: async () => {
      const known = await kept?.catch(() => undefined)
      if (known && performance.now() < known.stale_at) return known.value
      kept = newToken()
      return (await kept).value
    },
    forget: () => {
      kept = undefined
    },
  }
}

async function newToken(): Promise<Token> {
  const headers = { accept: 'application/json', 'x-requested-with': 'fetch' }
  const response = await fetch('/api/v1/sessions/jwt', { method: 'POST', headers })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status === 401 || response.status === 403) throw new SignedOut()
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined
  if (!response.ok || typeof token !== 'string') throw problemOf(response, body)
  return { value: token, stale_at: performance.now() + lifetimeOf(token) - EARLY }
}

/** How long a JWT is good for, in milliseconds, by what it says itself (RFC 7519, section 4.1). */
function lifetimeOf(token: string): number {
  const [, claims = ''] = token.split('.')
  const { iat, exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')))
  return typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : 0
}
