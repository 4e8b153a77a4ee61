import { keyOf, type VerificationKey } from './jws.ts'
import { isFields } from './objects.ts'

/** The public keys of a server, fetched when they are needed. */
export interface KeySet {
  /** The key of that id, or why there is none: the server does not publish it, or no keys could be fetched yet. */
  find(kid: string): Promise<VerificationKey | 'unknown_key' | 'keys_unavailable'>
}

/** What is fetched with, what time it is, and who is told of failures. */
export interface Outside {
  fetch: typeof globalThis.fetch
  /** Milliseconds since 1970. */
  now(): number
  /** Is told why keys or revocations could not be fetched, or a token not be read; warnings of the process unless told. */
  onError(error: unknown): void
}

const REFRESHED_EACH = 300_000
/** Nobody asks more often than this, whether a key is not known or none could be fetched. */
const AGAIN = 5000
const TIMEOUT = 5000

/** Keeps a JWK Set (RFC 7517): read again every five minutes, which nobody waits for, and when a token names a key that is not in it. */
export function createKeySet(url: string, { fetch, now, onError }: Outside): KeySet {
  let keys: ReadonlyMap<string, VerificationKey> | undefined
  let asked = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const read = async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) })
    const set: unknown = answer.ok ? await answer.json() : undefined
    const list = isFields(set) && Array.isArray(set['keys']) ? set['keys'] : undefined
    if (!list) throw new Error(`The answer of status ${answer.status} is no JWK Set`)
    keys = new Map(list.flatMap((jwk) => keyOf(jwk) ?? []).map((key) => [key.kid, key]))
  }
  const refresh = () => {
    asked = now()
    asking = read()
      .catch((cause: unknown) => onError(new Error(`The keys at ${url} cannot be read`, { cause })))
      .finally(() => {
        asking = undefined
      })
  }
  return {
    find: async (kid) => {
      const key = keys?.get(kid)
      if (!asking && now() - asked > (key ? REFRESHED_EACH : AGAIN)) refresh()
      // A key that is known goes on while the server does not answer.
      if (key) return key
      await asking
      return keys?.get(kid) ?? (keys ? 'unknown_key' : 'keys_unavailable')
    },
  }
}
