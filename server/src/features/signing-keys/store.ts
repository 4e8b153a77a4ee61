import { sql } from 'kysely'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

/** An arbitrary number that names the lock of key rotation. */
const ROTATION_LOCK = 7_211_963

/** Every key, newest first. */
export function listSigningKeys(db: Db): Promise<Row<'signing_keys'>[]> {
  return db.selectFrom('signing_keys').selectAll().orderBy('active_from', 'desc').orderBy('id', 'desc').execute()
}

export async function insertSigningKey(tx: Tx, row: NewRow<'signing_keys'>): Promise<void> {
  await tx.insertInto('signing_keys').values(row).execute()
}

export async function deleteSigningKeys(tx: Tx, kids: string[]): Promise<void> {
  if (kids.length > 0) await tx.deleteFrom('signing_keys').where('kid', 'in', kids).execute()
}

/** Runs alone among all processes: whoever rotates sees what the one before did. */
export function rotateAlone<T>(db: Db, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (tx) => {
    if (isPostgres(db)) await sql`select pg_advisory_xact_lock(${ROTATION_LOCK})`.execute(tx)
    return run(tx)
  })
}
