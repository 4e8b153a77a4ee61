import { setTimeout as sleep } from 'node:timers/promises'
import { ISSUER, isSignedBy, parseJws } from './jws.ts'
import type { KeySet, Outside } from './key-set.ts'
import { assertWithin } from './numbers.ts'
import { createRevocationList, type Feed, feedOf, type Hit } from './revocation-list.ts'

/** How the feed of revocations is followed. */
export interface FeedOptions {
  /** Bearer token for the feed, where the server asks for one. */
  token?: string | undefined
  /** Milliseconds between two looks; 700 unless told. */
  pollEvery?: number | undefined
  /** Milliseconds after which what is known is too old to rely on, and tokens are refused; 60,000 unless told, `Infinity`: never. */
  staleAfter?: number | undefined
  /** More entries than this are not kept; the feed counts as out of reach then. 500,000 unless told. */
  maxEntries?: number | undefined
}

/** Follows the feed of revocations in the background until disposed of. */
export interface Revocations extends AsyncDisposable {
  /** Whether a token ended before its time; `unknown` while too little is known to tell. Waits for the first look. */
  judge(claims: Hit): Promise<'good' | 'revoked' | 'unknown'>
}

const TIMEOUT = 5000
/** Timers take a longer pause for none at all. */
const LONGEST_PAUSE = 2 ** 31 - 1
/** Characters of an answer for each entry that is kept, and for the rest of it. */
const ROOM = 64
/** The second one says that the feed ends everybody's tokens, which who knows the first one alone must not overlook. */
const TYPES: readonly unknown[] = ['revocations+jwt', 'revocations-2+jwt']

/** Begins to follow the feed at an address, whose signatures `keys` verifies. */
export function followRevocations(
  url: string,
  { keys, fetch, now, onError }: Outside & { keys: KeySet },
  { token, pollEvery = 700, staleAfter = 60_000, maxEntries = 500_000 }: FeedOptions,
): Revocations {
  assertWithin('revocations.pollEvery', pollEvery, { least: 1, most: LONGEST_PAUSE })
  assertWithin('revocations.staleAfter', staleAfter, { least: 0, most: Number.POSITIVE_INFINITY })
  assertWithin('revocations.maxEntries', maxEntries, { least: 0, most: Number.MAX_SAFE_INTEGER })
  const list = createRevocationList(maxEntries)
  const stop = new AbortController()
  let last: Feed | undefined
  let etag: { of: string; value: string } | undefined

  const look = async () => {
    const address = last ? `${url}?after=${last.cursor}` : url
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(TIMEOUT)])
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(etag?.of === address ? { 'if-none-match': etag.value } : {}),
    }
    const answer = await fetch(address, { headers, signal }).catch((cause: unknown) => {
      throw new Error('The feed of revocations cannot be fetched', { cause })
    })
    if (answer.status === 304) return
    if (answer.status !== 200) throw new Error(`The feed of revocations answered ${answer.status}`)
    const feed = await verified(await textOf(answer, (maxEntries + 1000) * ROOM))
    const wanted = last?.cursor ?? null
    // A whole one hides nothing, and comes where the cursor was old.
    if ((feed.after !== null && feed.after !== wanted) || feed.iat < (last?.iat ?? 0))
      throw new Error('The feed of revocations is an old one')
    if (!list.take(feed)) throw new Error(`The feed of revocations has more than ${maxEntries} entries`)
    last = feed
    const value = answer.headers.get('etag')
    etag = value === null ? undefined : { of: address, value }
  }
  const verified = async (text: string): Promise<Feed> => {
    const jws = parseJws(text)
    const key = typeof jws?.header['kid'] === 'string' ? await keys.find(jws.header['kid']) : 'unknown_key'
    if (key === 'keys_unavailable') throw new Error('The feed of revocations cannot be verified without keys')
    const ours = jws && TYPES.includes(jws.header['typ']) && jws.payload['iss'] === ISSUER
    const feed = ours && key !== 'unknown_key' && isSignedBy(jws, key) ? feedOf(jws.payload) : undefined
    if (!feed) throw new Error('The feed of revocations is not signed by the server')
    return feed
  }
  const lookPatiently = () => look().catch((error: unknown) => (stop.signal.aborted ? undefined : onError(error)))
  const first = lookPatiently()
  const ended = first.then(async () => {
    while (!stop.signal.aborted) {
      await sleep(pollEvery, undefined, { signal: stop.signal, ref: false }).catch(() => {})
      if (stop.signal.aborted) return
      await lookPatiently()
      list.forget(now())
    }
  })
  return {
    judge: async (claims) => {
      await first
      if (list.hits(claims)) return 'revoked'
      return last && now() - last.iat * 1000 <= staleAfter ? 'good' : 'unknown'
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}

/** The text of an answer, unless it is longer than that. */
async function textOf({ body }: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > limit) throw new Error('The feed of revocations is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
