import { sql } from 'kysely'
import { oldestRemover } from '../db/batches.ts'
import { type Db, isPostgres } from '../db/db.ts'
import type { Row } from '../db/schema.ts'

/** One counter: how often since it began, and until when. */
export interface Counter {
  key: string
  count: number
  ends_at: string
}

/** Adds one to each counter, or begins it anew where its time is over; one statement, so that no use is lost. */
export function countUp(db: Db, counters: readonly Omit<Counter, 'count'>[], now: string): Promise<Counter[]> {
  return db
    .insertInto('limit_counters')
    .values(counters.map((counter) => ({ ...counter, count: 1 })))
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        count: sql`case when limit_counters.ends_at <= ${now} then 1 else limit_counters.count + 1 end`,
        ends_at: sql`case when limit_counters.ends_at <= ${now} then excluded.ends_at else limit_counters.ends_at end`,
      }),
    )
    .returning(['key', 'count', 'ends_at'])
    .execute()
}

/** Takes one off each counter whose time is not over. */
export async function countDown(db: Db, keys: readonly string[], now: string): Promise<void> {
  await db
    .updateTable('limit_counters')
    .set((eb) => ({ count: eb('count', '-', 1) }))
    .where('key', 'in', keys)
    .where('count', '>', 0)
    .where('ends_at', '>', now)
    .execute()
}

/** The counters of these keys whose time is not over. */
export function readCounters(db: Db, keys: readonly string[], now: string): Promise<Counter[]> {
  return db
    .selectFrom('limit_counters')
    .select(['key', 'count', 'ends_at'])
    .where('key', 'in', keys)
    .where('ends_at', '>', now)
    .execute()
}

/** Removes a batch of counters whose time is over; returns how many. */
export const deleteEndedCounters = oldestRemover('limit_counters', 'ends_at')

/** What was used of a key. */
export type SharedUse = Row<'shared_limits'>

/**
 * Adds to each key the time after `now` that its row tells, and returns what then is used by all together. One statement, whose
 * text is the same for however many; the keys come in one order everywhere, as PostgreSQL locks row by row.
 */
export async function addUses(db: Db, uses: readonly SharedUse[], now: number): Promise<SharedUse[]> {
  const rows = JSON.stringify(uses)
  const source = isPostgres(db)
    ? sql`select key, used_until from json_populate_recordset(null::shared_limits, ${rows}::json)`
    : sql`select json_extract(value, '$.key'), json_extract(value, '$.used_until') from json_each(${rows}) where true`
  const statement = sql<SharedUse>`
    insert into shared_limits (key, used_until) ${source}
    on conflict (key) do update set used_until = excluded.used_until
      + case when shared_limits.used_until > ${now} then shared_limits.used_until - ${now} else 0 end
    returning key, used_until`
  return (await statement.execute(db)).rows
}

/** Removes the rows of those who may use all of theirs again; returns how many. */
export async function deleteOverUses(db: Db, now: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('shared_limits').where('used_until', '<=', now).executeTakeFirst()
  return Number(numDeletedRows)
}
