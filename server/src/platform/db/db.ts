import { type Kysely, PostgresAdapter, type Transaction } from 'kysely'
import type { Tables } from './schema.ts'

/** The database or a transaction on it: what every store function takes first. */
export type Db = Kysely<Tables>
/** A transaction: what a function asks for that must not run outside of one. */
export type Tx = Transaction<Tables>

/** The columns a unique violation names, or `undefined` when the error is another one. */
export function uniqueViolation(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && error.code === '23505') {
    const constraint = 'constraint' in error ? String(error.constraint) : ''
    return constraint || error.message
  }
  return /^UNIQUE constraint failed: (.*)/.exec(error.message)?.[1]
}

/** Whether a unique index refused the write. */
export const isUniqueViolation = (error: unknown): boolean => uniqueViolation(error) !== undefined

/** Whether rows can be locked one by one, as only PostgreSQL can. */
export const isPostgres = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter
