import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { type Db, isPostgres } from './db.ts'
import type { NewRow, Row, Tables } from './schema.ts'

type Column<T extends keyof Tables> = keyof Row<T> & string

/**
 * Inserts many rows with one statement whose text does not depend on how many there are: they travel as one parameter.
 * All rows have the columns of the first one; with `unlessThere` those that a unique rule refuses are left out. Returns the columns asked for, of each row, in no particular order.
 */
export async function insertMany<T extends keyof Tables, C extends Column<T> = never>(
  db: Db,
  table: T,
  rows: readonly NewRow<T>[],
  returning: readonly C[] = [],
  { unlessThere = false }: { unlessThere?: boolean } = {},
): Promise<Pick<Row<T>, C>[]> {
  const [first] = rows
  if (!first) return []
  const names = Object.keys(first)
  const columns = sql.join(names.map((name) => sql.ref(name)))
  const source = isPostgres(db)
    ? sql`select ${columns} from json_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::json)`
    : sql`select ${sql.join(names.map((name) => sql`json_extract(value, ${sql.lit(`$.${name}`)})`))} from json_each(${JSON.stringify(rows)}) where true`
  const wanted = returning.length === 0 ? sql`` : sql`returning ${sql.join(returning.map((name) => sql.ref(name)))}`
  const statement = sql<
    Pick<Row<T>, C>
  >`insert into ${sql.table(table)} (${columns}) ${source} ${unlessThere ? sql`on conflict do nothing` : sql``} ${wanted}`
  return (await statement.execute(db)).rows
}

/** Whether a column is one of many values, as a condition whose text does not depend on how many there are. */
export const isAmong = (db: Db, column: string, values: readonly (string | number)[]): RawBuilder<SqlBool> =>
  isListed(db, column, listed(db, values))

/** Many values as one parameter, as prepared queries take it. */
export type Listed = string | readonly (string | number)[]

/** Makes one parameter of many values. */
export const listed = (db: Db, values: readonly (string | number)[]): Listed =>
  isPostgres(db) ? values : JSON.stringify(values)

/** Whether a column is one of the values of a list. */
export const isListed = (db: Db, column: string, list: Listed): RawBuilder<SqlBool> =>
  isPostgres(db)
    ? sql`${sql.ref(column)} = any(${list})`
    : sql`${sql.ref(column)} in (select value from json_each(${list}))`
