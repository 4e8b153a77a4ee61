import { sql } from 'kysely'
import { type Db, isPostgres } from '../../platform/db/db.ts'

/** The day of a timestamp in UTC, `YYYY-MM-DD`. */
const dayOf = (db: Db, column: string) =>
  isPostgres(db)
    ? sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD')`
    : sql<string>`substr(${sql.ref(column)}, 1, 10)`

/** Accounts made on each day since. */
export async function countSignUps(db: Db, since: string): Promise<Map<string, number>> {
  const day = dayOf(db, 'created_at')
  const rows = await db
    .selectFrom('accounts')
    .select((eb) => [day.as('day'), eb.fn.countAll().as('count')])
    .where('created_at', '>=', since)
    .groupBy(day)
    .execute()
  return new Map(rows.map((row) => [row.day, Number(row.count)]))
}

/** Sign-ins on each day since: those that worked, or those that were refused. */
export async function countSignIns(
  db: Db,
  action: 'session.created' | 'session.refused',
  since: string,
): Promise<Map<string, number>> {
  const day = dayOf(db, 'created_at')
  const rows = await db
    .selectFrom('audit_records')
    .select((eb) => [day.as('day'), eb.fn.countAll().as('count')])
    .where('created_at', '>=', since)
    // By the index of those days, not by that of all that ever happened: so no index of actions fits.
    .where(sql<boolean>`action || '' = ${action}`)
    .where(sql<boolean>`action in ('session.created', 'session.refused')`)
    .groupBy(day)
    .execute()
  return new Map(rows.map((row) => [row.day, Number(row.count)]))
}

/** What officers decide; a case that was closed by other means was not decided. */
const OUTCOMES = ['approved', 'rejected', 'more_requested']

/** How many cases were decided since, by what was decided. */
export async function countDecisions(db: Db, since: string): Promise<Map<string | null, number>> {
  const rows = await db
    .selectFrom('review_cases')
    .select((eb) => ['outcome', eb.fn.countAll().as('count')])
    .where('closed_at', '>=', since)
    .where('outcome', 'in', OUTCOMES)
    .groupBy('outcome')
    .execute()
  return new Map(rows.map(({ outcome, count }) => [outcome, Number(count)]))
}

/** When cases that were decided since were opened and closed; the latest ones. */
export function listReviewTimes(db: Db, since: string, limit: number) {
  return db
    .selectFrom('review_cases')
    .select(['opened_at', 'closed_at'])
    .where('closed_at', '>=', since)
    .where('outcome', 'in', OUTCOMES)
    .orderBy('closed_at', 'desc')
    .limit(limit)
    .execute()
}

/** How many accounts are on each level. */
export async function countLevels(db: Db): Promise<{ level: number; accounts: number }[]> {
  const rows = await db
    .selectFrom('accounts')
    .select((eb) => ['level', eb.fn.countAll().as('count')])
    .groupBy('level')
    .orderBy('level')
    .execute()
  return rows.map(({ level, count }) => ({ level, accounts: Number(count) }))
}
