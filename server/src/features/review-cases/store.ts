import type { Db, Tx } from '../../platform/db/db.ts'
import type { ReviewCase } from '../../platform/db/schema.ts'

/** Opens a case for an account that has none open; its attempt is counted. */
export async function insertCase(tx: Tx, account_id: number, level_sought: number, opened_at: string): Promise<void> {
  const { count } = await tx
    .selectFrom('review_cases')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('review_cases')
    .values({ account_id, level_sought, opened_at, attempt: Number(count) + 1 })
    .onConflict((conflict) => conflict.column('account_id').where('closed_at', 'is', null).doNothing())
    .execute()
}

/** Closes the open case of an account, if it has one. */
export async function closeOpenCase(tx: Tx, account_id: number, closed_at: string, outcome: string): Promise<void> {
  await tx
    .updateTable('review_cases')
    .set({ closed_at, outcome, claimed_by: null, claimed_until: null })
    .where('account_id', '=', account_id)
    .where('closed_at', 'is', null)
    .execute()
}

/** Claims a case, or claims it anew; undefined when it is closed or somebody else's. One statement, so that one wins. */
export function claim(
  db: Db,
  id: number,
  officer_id: number,
  now: string,
  claimed_until: string,
): Promise<ReviewCase | undefined> {
  return db
    .updateTable('review_cases')
    .set({ claimed_by: officer_id, claimed_until })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .where((eb) =>
      eb.or([eb('claimed_by', 'is', null), eb('claimed_by', '=', officer_id), eb('claimed_until', '<=', now)]),
    )
    .returningAll()
    .executeTakeFirst()
}

/** Gives a claim back; does nothing when it is not the officer's. */
export async function release(db: Db, id: number, officer_id: number): Promise<void> {
  await db
    .updateTable('review_cases')
    .set({ claimed_by: null, claimed_until: null })
    .where('id', '=', id)
    .where('claimed_by', '=', officer_id)
    .execute()
}

/** Closes a case that the officer holds; false when they do not, or no more. */
export async function closeClaimed(
  tx: Tx,
  id: number,
  officer_id: number,
  now: string,
  outcome: string,
): Promise<boolean> {
  const closed = await tx
    .updateTable('review_cases')
    .set({ closed_at: now, outcome })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .where('claimed_by', '=', officer_id)
    .where('claimed_until', '>', now)
    .returning('id')
    .executeTakeFirst()
  return closed !== undefined
}

/** Whether the latest decision about the account was one for good. */
export async function isClosedForGood(db: Db, account_id: number): Promise<boolean> {
  const row = await db
    .selectFrom('review_decisions')
    .select('is_final')
    .where('account_id', '=', account_id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.is_final === 1
}
