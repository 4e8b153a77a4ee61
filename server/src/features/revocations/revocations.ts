import type { Deps } from '../../deps.ts'
import { iso, MINUTE, parseIso, SECOND } from '../../lib/clock.ts'
import { signJwt } from '../../platform/crypto/jws.ts'
import { deleteExpiredRevocations, listRevocations, newestRevocations } from './store.ts'

/** Media type of the feed (RFC 8725, section 3.11): no token of ours passes for it, nor it for a token. */
const TYPE = 'revocations+jwt'
/** Goes back so far before the cursor, for what was committed late, or by a server whose clock is behind. */
const OVERLAP = MINUTE
/** A cursor that is older is answered with the whole feed, which is made once for all: whoever was away so long needs most of it. */
const OLDEST_CURSOR = 15 * MINUTE
/** Where nothing is new for long, cursors go on all the same, in steps of so much and as far behind. */
const STEP = 5 * MINUTE
/** Seconds after which a feed that is as it was is signed anew, so that nobody can pass an old one off as the present one. */
const SIGNED_EACH = 5
const CLEANED_AT_ONCE = 1000

/**
 * The feed of revocations as a JWS: of all tokens that have not expired, or, after the cursor of an earlier one, what is
 * new. As long as nothing is new it is the same text for five seconds.
 */
export async function revocationFeed(
  { db, clock, keys }: Pick<Deps, 'db' | 'clock' | 'keys'>,
  after?: number,
): Promise<string> {
  const now = clock.now()
  const since = after === undefined ? undefined : iso(Math.max(0, after - OVERLAP))
  const rows = await listRevocations(db, iso(now), since)
  const tokens: Record<string, string> = {}
  const holders: Record<string, [issued_before: number, leaves: number]> = {}
  for (const { target, issued_before, expires_at } of rows) {
    const leaves = Math.ceil(parseIso(expires_at) / MINUTE)
    if (issued_before === null) tokens[leaves] = `${tokens[leaves] ?? ''}${target}`
    else {
      const [cut, until] = holders[target] ?? [0, 0]
      holders[target] = [Math.max(cut, Math.ceil(parseIso(issued_before) / SECOND)), Math.max(until, leaves)]
    }
  }
  const newest = rows.at(-1)
  const passed = (Math.floor(now / STEP) - 1) * STEP
  const cursor = Math.max(after ?? 0, newest ? parseIso(newest.recorded_at) : 0, passed)
  return signJwt(
    keys.current('EdDSA'),
    { iss: 'barong', iat: signedAt(now), after: after ?? null, cursor, tokens, holders },
    TYPE,
  )
}

/** Makes the whole feed once for all who ask while nothing is new: with 100,000 entries it takes most of a second. */
export function wholeFeed(needs: Pick<Deps, 'db' | 'clock' | 'keys'>): () => Promise<string> {
  const { db, clock } = needs
  let last: { state: string; feed: Promise<string> } | undefined
  return async () => {
    const now = clock.now()
    const { id, recent } = await newestRevocations(db, iso(now - OVERLAP))
    const state = `${signedAt(now)} ${id} ${recent}`
    if (last?.state === state) return last.feed
    const made = { state, feed: revocationFeed(needs) }
    last = made
    made.feed.catch(() => {
      // Whoever waits for it is told; who asks next has it made anew.
      if (last === made) last = undefined
    })
    return made.feed
  }
}

/** Whether so much is new since a cursor that the whole feed is told instead. */
export const isOutdated = ({ clock }: Pick<Deps, 'clock'>, after: number): boolean =>
  after < clock.now() - OLDEST_CURSOR

/** Seconds since 1970 that the feed of this moment tells. */
const signedAt = (now: number): number => Math.floor(now / SECOND / SIGNED_EACH) * SIGNED_EACH

/** Removes what nobody needs to know any more, a batch at a time; returns how many rows went. */
export const cleanRevocations = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredRevocations(db, iso(clock.now()), CLEANED_AT_ONCE)
