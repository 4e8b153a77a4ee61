import type { Deps } from '../../deps.ts'
import { iso, MINUTE } from '../../lib/clock.ts'
import { urlToken } from '../../lib/ids.ts'
import type { Db } from '../../platform/db/db.ts'
import { deleteExpiredChallenges, insertChallenge, takeChallengeRow } from './store.ts'

/** How long an authenticator may take. */
export const CHALLENGE_LIFETIME = 5 * MINUTE
const BYTES = 32
const CLEANED_AT_ONCE = 1000
const PURPOSE = 'passkey-challenge'

/** What a signature is for; a challenge of one purpose is none of another. */
export interface Occasion {
  purpose: 'register' | 'sign_in' | 'second_factor' | 'confirm'
  /** Whom or what it is bound to besides: an account, a session, an interaction. */
  bound: string
}

type Needs = Pick<Deps, 'clock' | 'ring'>

/** A fresh challenge of 256 bits in base64url, good once and for five minutes. */
export async function newChallenge({ clock, ring }: Needs, db: Db, occasion: Occasion): Promise<string> {
  const challenge = urlToken(BYTES)
  const expires_at = iso(clock.now() + CHALLENGE_LIFETIME)
  await insertChallenge(db, { digest: ring.digest(PURPOSE, textOf(occasion, challenge)), expires_at })
  return challenge
}

/** Uses the challenge up; false where there is none for this occasion, or no more. */
export const takeChallenge = (
  { db, clock, ring }: Needs & Pick<Deps, 'db'>,
  occasion: Occasion,
  challenge: string,
): Promise<boolean> => takeChallengeRow(db, ring.digests(PURPOSE, textOf(occasion, challenge)), iso(clock.now()))

/** Removes challenges whose time is over, a batch at a time; returns how many went. */
export const cleanChallenges = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredChallenges(db, iso(clock.now()), CLEANED_AT_ONCE)

const textOf = ({ purpose, bound }: Occasion, challenge: string): string => JSON.stringify([purpose, bound, challenge])
