import { sql } from 'kysely'
import { type Db, isPostgres } from '../../src/platform/db/db.ts'

/** A statement as the program ran it. */
export interface Ran {
  sql: string
  parameters: readonly unknown[]
}

/** How the database would run a statement, one step a line. */
export async function planOf(db: Db, { sql: text, parameters }: Ran): Promise<string[]> {
  const explain = isPostgres(db) ? 'explain ' : 'explain query plan '
  const plain = sql<Record<string, unknown>>`select 1`.compile(db)
  const { rows } = await db.executeQuery<Record<string, unknown>>({ ...plain, sql: `${explain}${text}`, parameters })
  return rows.map((row) => String(row['QUERY PLAN'] ?? row['detail']))
}

/** The tables that a plan reads from the first row to the last. */
export const scannedTables = (plan: readonly string[]): string[] =>
  plan.flatMap((step) => {
    const onPostgres = /Seq Scan on (\w+)/.exec(step)?.[1]
    const onSqlite = /^SCAN ([a-z]\w*)\b(?! USING (?:COVERING )?INDEX| CONSTANT| VIRTUAL)/.exec(step)?.[1]
    return onPostgres ?? onSqlite ?? []
  })
