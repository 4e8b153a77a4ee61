import type { Deps } from '../../deps.ts'
import { iso, MINUTE } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Account, ReviewCase } from '../../platform/db/schema.ts'
import { claim, closeOpenCase, insertCase, isClosedForGood, release } from './store.ts'

export { closeClaimed } from './store.ts'

const errors = defineErrors('review-cases', {
  held: [409, 'Somebody else reviews this person now, or it was decided'],
  forGood: [422, 'Your identity was rejected for good'],
})

/** A claim that nothing is heard of ends by itself after so long. */
const CLAIM = 15 * MINUTE

/**
 * Keeps cases in step with the private label `document`, whoever sets it: `pending` opens one, any other value, and none,
 * closes the one that is open.
 */
export async function followDocumentLabel(
  { clock }: Pick<Deps, 'clock'>,
  tx: Tx,
  account_id: number,
  value: string | null,
  level_sought: number,
): Promise<void> {
  const now = iso(clock.now())
  if (value === 'pending') await insertCase(tx, account_id, level_sought, now)
  else await closeOpenCase(tx, account_id, now, 'elsewhere')
}

/** Gives a case to an officer for the next quarter of an hour; 409 when somebody else has it. */
export async function claimCase(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  officer: Pick<Account, 'id'>,
  id: number,
): Promise<ReviewCase> {
  const now = clock.now()
  const claimed = await claim(db, id, officer.id, iso(now), iso(now + CLAIM))
  if (!claimed) throw errors.held()
  return claimed
}

/** Gives a claim back before it lapses. */
export const releaseCase = ({ db }: Pick<Deps, 'db'>, officer: Pick<Account, 'id'>, id: number): Promise<void> =>
  release(db, id, officer.id)

/** Whether the claim on a case holds now. */
export const isClaimed = (
  { clock }: Pick<Deps, 'clock'>,
  { claimed_by, claimed_until }: Pick<ReviewCase, 'claimed_by' | 'claimed_until'>,
): boolean => claimed_by !== null && claimed_until !== null && claimed_until > iso(clock.now())

/** Refuses documents of somebody who was rejected for good. */
export async function refuseRejectedForGood(db: Db, { id }: Pick<Account, 'id'>): Promise<void> {
  if (await isClosedForGood(db, id)) throw errors.forGood()
}
