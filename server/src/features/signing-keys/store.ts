import type { Db } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

/** Every key, newest first. */
export function listSigningKeys(db: Db): Promise<Row<'signing_keys'>[]> {
  return db.selectFrom('signing_keys').selectAll().orderBy('id', 'desc').execute()
}

/** Adds a key; does nothing when one of that `kid` is there. */
export async function insertSigningKey(db: Db, row: NewRow<'signing_keys'>): Promise<void> {
  await db
    .insertInto('signing_keys')
    .values(row)
    .onConflict((conflict) => conflict.column('kid').doNothing())
    .execute()
}
