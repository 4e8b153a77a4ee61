import type { Db } from '../../platform/db/db.ts'
import type { NewRow, RowPatch, Website } from '../../platform/db/schema.ts'

/** All websites, by their domain. */
export function listWebsites(db: Db): Promise<Website[]> {
  return db.selectFrom('websites').selectAll().orderBy('domain').execute()
}

/**
 * What changes whenever any of them does, without their logos. Each tells its own time, as the clocks of processes differ and
 * what began earlier may be committed later.
 */
export async function websitesVersion(db: Db): Promise<string> {
  const rows = await db.selectFrom('websites').select(['id', 'updated_at']).orderBy('id').execute()
  return rows.map(({ id, updated_at }) => `${id} ${updated_at}`).join('\n')
}

export function findWebsite(db: Db, id: number): Promise<Website | undefined> {
  return db.selectFrom('websites').selectAll().where('id', '=', id).executeTakeFirst()
}

export function findWebsites(db: Db, domains: readonly string[]): Promise<Website[]> {
  return db.selectFrom('websites').selectAll().where('domain', 'in', domains).execute()
}

export function insertWebsite(db: Db, website: NewRow<'websites'>): Promise<Website> {
  return db.insertInto('websites').values(website).returningAll().executeTakeFirstOrThrow()
}

export function updateWebsite(db: Db, id: number, patch: RowPatch<'websites'>): Promise<Website> {
  return db.updateTable('websites').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

export async function deleteWebsite(db: Db, id: number): Promise<void> {
  await db.deleteFrom('websites').where('id', '=', id).execute()
}
