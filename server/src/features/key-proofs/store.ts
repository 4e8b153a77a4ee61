import type { Db } from '../../platform/db/db.ts'

/** Remembers a proof among the records of OAuth, whose cleaner forgets it; tells whether it was not known yet. */
export async function insertProof(
  db: Db,
  key_digest: string,
  created_at: string,
  expires_at: string,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('oauth_records')
    .values({ kind: 'DpopProof', key_digest, payload_sealed: '', created_at, expires_at })
    .onConflict((conflict) => conflict.columns(['kind', 'key_digest']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
