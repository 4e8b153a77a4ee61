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

/**
 * The statements that read a large table from the first row to the last, each with the tables; those in `small` stay small
 * whatever the number of accounts.
 */
export function wholeReads(db: Db, statements: readonly Ran[], small: readonly string[]): Promise<string[]> {
  const distinct = new Map(statements.map((statement) => [statement.sql, statement]))
  return db.transaction().execute(async (tx) => {
    // PostgreSQL prefers to read small tables whole; so it does only where no index helps.
    if (isPostgres(tx)) await sql`set local enable_seqscan = off`.execute(tx)
    const found: string[] = []
    for (const statement of distinct.values()) {
      const plan = await planOf(tx, statement)
      if (isFirstRows(statement, plan)) continue
      const scanned = scannedTables(plan).filter((table) => !small.includes(table))
      if (scanned.length > 0) found.push(`${scanned}: ${statement.sql}`)
    }
    return found
  })
}

/** Whether it goes along the primary key and stops after so many rows, which SQLite calls a scan as well. */
const isFirstRows = ({ sql: text }: Ran, plan: readonly string[]): boolean =>
  /order by ("\w+"\.)?"id"( desc)? limit/.test(text) && !/ where /.test(text) && !plan.join().includes('TEMP B-TREE')

/** Whether a statement is more than the beginning or the end of a transaction. */
export const isWork = ({ sql: text }: Ran): boolean => /^(\/\*.*?\*\/ )?(select|insert|update|delete|with)/.test(text)

/** The tables that a plan reads from the first row to the last; what it made of others by then is none. */
export const scannedTables = (plan: readonly string[]): string[] => {
  const made = plan.flatMap((step) => /^(?:CO-ROUTINE|MATERIALIZE) (\w+)/.exec(step)?.[1] ?? [])
  return plan.flatMap((step) => {
    const onPostgres = /Seq Scan on (\w+)/.exec(step)?.[1]
    const onSqlite = /^SCAN ([a-z]\w*)\b(?! USING (?:COVERING )?INDEX| CONSTANT| VIRTUAL)/.exec(step)?.[1]
    const table = onPostgres ?? onSqlite
    return table === undefined || made.includes(table) ? [] : table
  })
}
