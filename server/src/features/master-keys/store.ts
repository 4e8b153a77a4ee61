import { sql } from 'kysely'
import type { Db } from '../../platform/db/db.ts'
import type { Tables } from '../../platform/db/schema.ts'

/** A column that is sealed under the master key, and how its context is made: these columns, with colons between them. */
export interface SealedPlace {
  table: keyof Tables
  column: string
  purpose: string
  context: readonly string[]
}

export interface SealedValue {
  id: number
  sealed: string
  context: string
}

/** Values of a column, after an id, that another key than this one sealed. */
export async function listSealedByOthers(
  db: Db,
  { table, column, context }: SealedPlace,
  key_id: string,
  after: number,
  limit: number,
): Promise<SealedValue[]> {
  const parts = context.map((name) => sql`cast(${sql.ref(name)} as text)`)
  const query = sql<SealedValue>`
    select id, ${sql.ref(column)} as sealed, ${sql.join(parts, sql` || ':' || `)} as context from ${sql.table(table)}
    where id > ${after} and ${sql.ref(column)} not like ${`${key_id}.%`} order by id limit ${limit}`
  return (await query.execute(db)).rows
}

/** How many values of a column another key than this one sealed. */
export async function countSealedByOthers(db: Db, { table, column }: SealedPlace, key_id: string): Promise<number> {
  const query = sql<{ count: number | string }>`
    select count(*) as count from ${sql.table(table)} where ${sql.ref(column)} not like ${`${key_id}.%`}`
  return Number((await query.execute(db)).rows[0]?.count ?? 0)
}

/** Puts a value sealed anew in the place of the old one, unless that was changed or removed meanwhile. */
export async function replaceSealed(
  db: Db,
  { table, column }: SealedPlace,
  { id, sealed }: SealedValue,
  anew: string,
): Promise<void> {
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${anew} where id = ${id} and ${sql.ref(column)} = ${sealed}`.execute(
    db,
  )
}
