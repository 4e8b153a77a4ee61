import type { Db } from '../../platform/db/db.ts'
import type { NewRow, Profile } from '../../platform/db/schema.ts'

export function findProfile(db: Db, account_id: number): Promise<Profile | undefined> {
  return db.selectFrom('profiles').selectAll().where('account_id', '=', account_id).executeTakeFirst()
}

export function insertProfile(db: Db, profile: NewRow<'profiles'>): Promise<Profile> {
  return db.insertInto('profiles').values(profile).returningAll().executeTakeFirstOrThrow()
}
