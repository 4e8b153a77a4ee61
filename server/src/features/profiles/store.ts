import type { Db } from '../../platform/db/db.ts'
import type { NewRow, Profile, RowPatch } from '../../platform/db/schema.ts'

export function findProfile(db: Db, account_id: number): Promise<Profile | undefined> {
  return db.selectFrom('profiles').selectAll().where('account_id', '=', account_id).executeTakeFirst()
}

export function insertProfile(db: Db, profile: NewRow<'profiles'>): Promise<Profile> {
  return db.insertInto('profiles').values(profile).returningAll().executeTakeFirstOrThrow()
}

export function updateProfile(db: Db, id: number, patch: RowPatch<'profiles'>): Promise<Profile> {
  return db.updateTable('profiles').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}
