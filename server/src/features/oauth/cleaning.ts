import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { deleteExpiredRecords } from './store.ts'

const CLEANED_AT_ONCE = 500

/** Removes codes, tokens, sign-ins and proofs whose time is over, a batch at a time; returns how many went. */
export const cleanOauthRecords = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredRecords(db, iso(clock.now()), CLEANED_AT_ONCE)
