import { sql } from 'kysely'
import type { Db } from './db.ts'

/** How many connections PostgreSQL lets this user have to this database: the least of all its limits. */
export async function connectionLimit(db: Db): Promise<number> {
  const { rows } = await sql<{ most: number }>`
    select least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int,
      (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
      (select nullif(datconnlimit, -1) from pg_database where datname = current_database())
    ) as most`.execute(db)
  return rows[0]?.most ?? 0
}

/** The time on PostgreSQL's clock, in milliseconds since 1970. */
export async function databaseTime(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`.execute(
    db,
  )
  return rows[0]?.ms ?? 0
}
