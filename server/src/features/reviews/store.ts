import { type SqlBool, sql } from 'kysely'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

/** What officers narrow the queue by. `claimed` needs to know who asks, and when. */
export interface QueueFilters {
  level_sought?: number | undefined
  attempt?: number | undefined
  country?: readonly string[] | undefined
  claimed?: 'mine' | 'others' | 'nobody' | undefined
  officer_id: number
  now: string
}

/** Open cases with whom they are about and who holds them, those who wait longest first. */
export function listQueue(db: Db, filters: QueueFilters, after: number | undefined, limit: number) {
  const { level_sought, attempt, country, claimed, officer_id, now } = filters
  let query = cases(db)
    .where('review_cases.closed_at', 'is', null)
    .where('accounts.discarded_at', 'is', null)
    .orderBy('review_cases.opened_at')
    .orderBy('review_cases.id')
    .limit(limit)
  if (level_sought !== undefined) query = query.where('review_cases.level_sought', '=', level_sought)
  if (attempt !== undefined) query = query.where('review_cases.attempt', '=', attempt)
  if (country !== undefined) query = query.where('profiles.country', 'in', country)
  if (claimed === 'nobody')
    query = query.where((eb) =>
      eb.or([eb('review_cases.claimed_by', 'is', null), eb('review_cases.claimed_until', '<=', now)]),
    )
  if (claimed === 'mine' || claimed === 'others')
    query = query
      .where('review_cases.claimed_by', claimed === 'mine' ? '=' : '<>', officer_id)
      .where('review_cases.claimed_until', '>', now)
  if (after !== undefined)
    query = query.where(
      sql<SqlBool>`(review_cases.opened_at, review_cases.id) > (select opened_at, id from review_cases where id = ${after})`,
    )
  return query.execute()
}

const cases = (db: Db) =>
  db
    .selectFrom('review_cases')
    .innerJoin('accounts', 'accounts.id', 'review_cases.account_id')
    .leftJoin('profiles', 'profiles.account_id', 'review_cases.account_id')
    .leftJoin('accounts as officers', 'officers.id', 'review_cases.claimed_by')
    .selectAll('review_cases')
    .select(['accounts.uid', 'accounts.email', 'accounts.level', 'accounts.language', 'profiles.country'])
    .select(['officers.uid as officer_uid', 'officers.email as officer_email'])

/** A case as lists show it. */
export type QueueRow = Awaited<ReturnType<typeof listQueue>>[number]

/** One case, open or closed. */
export function findCase(db: Db, id: number): Promise<QueueRow | undefined> {
  return cases(db).where('review_cases.id', '=', id).executeTakeFirst()
}

/** How many wait, how many of them are looked at, and how long. */
export async function countQueue(db: Db, now: string, hour_ago: string, day_ago: string) {
  const row = await db
    .selectFrom('review_cases')
    .innerJoin('accounts', 'accounts.id', 'review_cases.account_id')
    .where('accounts.discarded_at', 'is', null)
    .select((eb) => [
      eb.fn.countAll().as('open'),
      eb.fn.count(eb.case().when('claimed_until', '>', now).then(1).end()).as('claimed'),
      eb.fn.count(eb.case().when('opened_at', '<=', hour_ago).then(1).end()).as('over_an_hour'),
      eb.fn.count(eb.case().when('opened_at', '<=', day_ago).then(1).end()).as('over_a_day'),
      eb.fn.min('opened_at').as('oldest'),
    ])
    .where('closed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return {
    open: Number(row.open),
    claimed: Number(row.claimed),
    over_an_hour: Number(row.over_an_hour),
    over_a_day: Number(row.over_a_day),
    oldest: row.oldest,
  }
}

export async function insertDecision(tx: Tx, decision: NewRow<'review_decisions'>): Promise<void> {
  await tx.insertInto('review_decisions').values(decision).execute()
}

/** What was decided about an account, newest first. */
export function listDecisions(db: Db, account_id: number, limit: number) {
  return db
    .selectFrom('review_decisions')
    .leftJoin('accounts', 'accounts.id', 'review_decisions.officer_id')
    .selectAll('review_decisions')
    .select(['accounts.uid as officer_uid', 'accounts.email as officer_email'])
    .where('review_decisions.account_id', '=', account_id)
    .orderBy('review_decisions.id', 'desc')
    .limit(limit)
    .execute()
}

/** The latest case of an account. */
export function findLatestCase(db: Db, account_id: number): Promise<Row<'review_cases'> | undefined> {
  return db
    .selectFrom('review_cases')
    .selectAll()
    .where('account_id', '=', account_id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
