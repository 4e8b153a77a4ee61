import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Db } from './db.ts'

/** Migrations by name, in the order of their names. */
export type Migrations = Readonly<Record<string, Migration>>

/** What stands between a database and a release. */
export interface SchemaState {
  /** Migrations that the database still lacks. */
  pending: string[]
  /** Migrations of a newer release that took something away which this one needs. */
  contracted: string[]
}

/**
 * A migration that takes something away is called so, `0123-contract-…`: the releases that do not have it cannot work after it.
 * All others only add, and an older release goes on working beside the newer one.
 */
const CONTRACTS = /^\d+-contract-/

/** Whether releases that do not have the migration can work after it. */
export const isContracting = (name: string): boolean => CONTRACTS.test(name)

/** A newer release took something away from the database that this one needs. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema'
}

/** Compares the database with the migrations of this release. */
export async function schemaState(db: Db, list: Migrations): Promise<SchemaState> {
  const applied = await appliedMigrations(db)
  return {
    pending: Object.keys(list).filter((name) => !applied.includes(name)),
    contracted: unknownOf(applied, list).filter(isContracting),
  }
}

/** What keeps the release from serving, in words; undefined when nothing does. */
export function obstacleOf({ pending, contracted }: SchemaState): string | undefined {
  if (contracted.length > 0) return `a newer release has changed the database: ${contracted.join(', ')}`
  return pending.length > 0 ? `migrations are pending: ${pending.join(', ')}` : undefined
}

/** Throws {@link NewerSchema} when one of the names contracts. */
export function refuseContracted(unknown: readonly string[]): void {
  const contracting = unknown.filter(isContracting)
  if (contracting.length === 0) return
  throw new NewerSchema(
    `A newer release has changed the database so that this one cannot work with it (${contracting.join(', ')}); start that release or a later one.`,
  )
}

/** The names that this release does not know. */
export const unknownOf = (applied: readonly string[], list: Migrations): string[] =>
  applied.filter((name) => !Object.hasOwn(list, name))

/** The names of what was applied, in order; none where there are no tables yet. */
export async function appliedMigrations(db: Db): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
    return rows.map(({ name }) => name)
  } catch (error) {
    if (isMissingTable(error)) return []
    throw error
  }
}

const isMissingTable = (error: unknown): boolean =>
  error instanceof Error && (('code' in error && error.code === '42P01') || /^no such table/.test(error.message))
