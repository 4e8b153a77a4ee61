import { isFields, keyOf, type VerificationKey } from './jws.ts'

/** The public keys of a server, fetched when they are needed. */
export interface KeySet {
  /** The key of that id; `undefined` when the server does not publish it. Rejects when no keys could ever be fetched. */
  find(kid: string): Promise<VerificationKey | undefined>
}

/** What is fetched with, and what time it is. */
export interface Outside {
  fetch: typeof globalThis.fetch
  /** Milliseconds since 1970. */
  now(): number
}

const REFRESHED_EACH = 300_000
/** A key that is not known makes nobody ask more often than this. */
const AGAIN = 5000
const TIMEOUT = 5000

/** Keeps a JWK Set (RFC 7517): read again every five minutes, and when a token names a key that is not in it. */
export function createKeySet(url: string, { fetch, now }: Outside): KeySet {
  let keys: ReadonlyMap<string, VerificationKey> | undefined
  let asked = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  const read = async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) })
    const set: unknown = await answer.json()
    const list = isFields(set) && Array.isArray(set['keys']) ? set['keys'] : undefined
    if (!answer.ok || !list) throw new Error(`There are no keys at ${url} (${answer.status})`)
    keys = new Map(list.flatMap((jwk) => keyOf(jwk) ?? []).map((key) => [key.kid, key]))
  }
  const refresh = () => {
    asked = now()
    asking ??= read().finally(() => {
      asking = undefined
    })
    return asking
  }
  return {
    find: async (kid) => {
      if (!keys) await refresh()
      else if (now() - asked > REFRESHED_EACH || (!keys.has(kid) && now() - asked > AGAIN)) {
        // The keys that are known go on while the server does not answer.
        await refresh().catch(() => {})
      }
      return keys?.get(kid)
    },
  }
}
