import type { Deps } from '../../deps.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { iso, MINUTE, parseIso, SECOND } from '../../lib/clock.ts'
import { signJwt } from '../../platform/crypto/jws.ts'
import { EVERYBODY } from '../../platform/events/revocations.ts'
import { deleteExpiredRevocations, listRevocations, newestRevocations } from './store.ts'

/** Media type of the feed (RFC 8725, section 3.11): no token of ours passes for it, nor it for a token. */
const TYPE = 'revocations+jwt'
/** The same of a feed that ends everybody's tokens: who does not know that entry refuses it, and so in time whatever it cannot tell. */
const TYPE_WITH_EVERYBODY = 'revocations-2+jwt'
/** Goes back so far before the cursor, for what was committed late, or by a server whose clock is behind. */
const OVERLAP = MINUTE
/** A cursor that is older is answered with the whole feed, which is made once for all: whoever was away so long needs most of it. */
const OLDEST_CURSOR = 15 * MINUTE
/** Cursors are multiples of it, so that those who ask have few different ones: with the whole feed there are 34 answers at most. */
const CURSOR_STEP = 30 * SECOND
/** After a cursor there are no more rows than this; where more are new, the whole feed is told. */
const MOST_NEW = 20_000
/** All answers that there can be are kept, and cursors that went by while nothing was new: nobody has the whole made anew by asking. */
const KEPT = 64
/** Where nothing is new for long, cursors go on all the same, in steps of so much and as far behind. */
const STEP = 5 * MINUTE
/** Seconds after which a feed that is as it was is signed anew, so that nobody can pass an old one off as the present one. */
const SIGNED_EACH = 5
const CLEANED_AT_ONCE = 1000

type Needs = Pick<Deps, 'db' | 'clock' | 'keys'>
type Cut = [before: number, leaves: number]
type Rows = Awaited<ReturnType<typeof listRevocations>>

/** The feed of revocations as a JWS, of all tokens that have not expired, as it is signed at this moment. */
export async function revocationFeed(needs: Needs): Promise<string> {
  return signed(needs, await listRevocations(needs.db, iso(needs.clock.now())))
}

/**
 * The feed for all who ask, whole, or what is new after a cursor of an earlier one. As long as nothing is new it is the same
 * text for five seconds, made once for however many ask; with 100,000 entries the whole one takes most of a second.
 */
export function revocationFeeds(needs: Needs): (after?: number) => Promise<string> {
  const { db, clock } = needs
  let last: { state: string; feeds: BoundedMap<number, Promise<string>> } | undefined
  let looking: Promise<string> | undefined
  const look = async () => {
    const now = clock.now()
    const { id, recent } = await newestRevocations(db, iso(now - OVERLAP))
    return `${signedAt(now)} ${id} ${recent}`
  }
  return async (after) => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    const state = await looking
    if (last?.state !== state) last = { state, feeds: new BoundedMap(KEPT) }
    const { feeds } = last
    const cursor = after !== undefined && isCurrent(clock.now(), after) ? after : WHOLE
    const known = feeds.get(cursor)
    if (known) return known
    const made = cursor === WHOLE ? revocationFeed(needs) : feedAfter(needs, cursor)
    feeds.set(cursor, made)
    // Whoever waits for it is told; who asks next has it made anew.
    made.catch(() => feeds.delete(cursor))
    return made
  }
}

const WHOLE = -1

async function feedAfter(needs: Needs, after: number): Promise<string> {
  const { db, clock } = needs
  const rows = await listRevocations(db, iso(clock.now()), { since: iso(after - OVERLAP), limit: MOST_NEW + 1 })
  return rows.length > MOST_NEW ? revocationFeed(needs) : signed(needs, rows, after)
}

function signed({ clock, keys }: Omit<Needs, 'db'>, rows: Rows, after?: number): string {
  const now = clock.now()
  const tokens: Record<string, string> = {}
  const holders: Record<string, Cut> = {}
  let everybody: Cut | undefined
  for (const { target, issued_before, expires_at } of rows) {
    const leaves = Math.ceil(parseIso(expires_at) / MINUTE)
    if (issued_before === null) tokens[leaves] = `${tokens[leaves] ?? ''}${target}`
    else {
      const before = Math.ceil(parseIso(issued_before) / SECOND)
      if (target === EVERYBODY) everybody = later(everybody, before, leaves)
      else holders[target] = later(holders[target], before, leaves)
    }
  }
  const newest = rows.at(-1)
  const passed = (Math.floor(now / STEP) - 1) * STEP
  const reached = newest ? Math.floor(parseIso(newest.recorded_at) / CURSOR_STEP) * CURSOR_STEP : 0
  const cursor = Math.max(after ?? 0, reached, passed)
  return signJwt(
    keys.current('EdDSA'),
    { iss: 'barong', iat: signedAt(now), after: after ?? null, cursor, tokens, holders, everybody },
    everybody ? TYPE_WITH_EVERYBODY : TYPE,
  )
}

const later = ([cut, until]: Cut = [0, 0], before: number, leaves: number): Cut => [
  Math.max(cut, before),
  Math.max(until, leaves),
]

/** Whether a cursor is one that was given out lately. What is new after others is not told: they get the whole feed. */
const isCurrent = (now: number, after: number): boolean =>
  after % CURSOR_STEP === 0 && after >= now - OLDEST_CURSOR && after <= now + OVERLAP

/** Seconds since 1970 that the feed of this moment tells. */
const signedAt = (now: number): number => Math.floor(now / SECOND / SIGNED_EACH) * SIGNED_EACH

/** Removes what nobody needs to know any more, a batch at a time; returns how many rows went. */
export const cleanRevocations = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredRevocations(db, iso(clock.now()), CLEANED_AT_ONCE)
