import { isFields } from '../objects.ts'
import { globalOf, isTexts } from './browser.ts'
import { bad, good, type Result } from './call.ts'
import { newError } from './errors.ts'

/** A token that one is signed in by. */
export interface Tokens {
  token: string
  /** Milliseconds since 1970, by the clock of this machine, at which it came. */
  since: number
  /** Milliseconds it lives. */
  lifetime: number
  refresh_token?: string | undefined
}

/** Where tokens are kept. */
export interface TokenStore {
  /** A name that all share who keep their tokens in the same place. */
  readonly sharedAs?: string
  get(): Tokens | undefined
  set(tokens: Tokens | undefined): void
}

/** Keeps tokens in memory: nobody else can read them, and they are gone with the page or the process. */
export function memoryStore(): TokenStore {
  let kept: Tokens | undefined
  return {
    get: () => kept,
    set: (tokens) => {
      kept = tokens
    },
  }
}

/** Keeps tokens in `localStorage`, where all tabs of a site share them, and any script of the site can read them. */
export function localStore(name = 'barong'): TokenStore {
  const texts = globalOf('localStorage')
  if (!isTexts(texts)) throw new TypeError('There is no localStorage here')
  return {
    sharedAs: name,
    get: () => tokensOf(texts.getItem(name)),
    set: (tokens) => (tokens ? texts.setItem(name, JSON.stringify(tokens)) : texts.removeItem(name)),
  }
}

function tokensOf(text: string | null): Tokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null')
    if (!isFields(value)) return undefined
    const { token, since, lifetime, refresh_token } = value
    if (typeof token !== 'string' || typeof since !== 'number' || typeof lifetime !== 'number') return undefined
    return { token, since, lifetime, ...(typeof refresh_token === 'string' ? { refresh_token } : {}) }
  } catch {
    return undefined
  }
}

/** Tokens that came now. How long they live they say themselves (RFC 7519, section 4.1), whatever the clocks show. */
export function tokensFrom(token: unknown, now: number, refresh_token?: string): Result<Tokens> {
  if (typeof token !== 'string')
    return bad(newError('unexpected', { status: 200, messages: ['The server answered without a token'] }, {}))
  const { iat, exp } = claimsOf(token)
  const lifetime = typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : 0
  return good({ token, since: now, lifetime, ...(refresh_token === undefined ? {} : { refresh_token }) })
}

/** The `uid` of the account that a token is of; `undefined` where it does not say. */
export function uidOf(token: string): string | undefined {
  const { uid } = claimsOf(token)
  return typeof uid === 'string' ? uid : undefined
}

/** Whether a token is worth something only to who proves to have a key (RFC 9449, section 6.1). */
export function isBound(token: string): boolean {
  const { cnf } = claimsOf(token)
  return isFields(cnf) && typeof cnf['jkt'] === 'string'
}

/** What a JWT says; nothing of it is verified. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.')
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return isFields(claims) ? claims : {}
  } catch {
    return {}
  }
}
