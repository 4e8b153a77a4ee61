import type { Db } from '../db/db.ts'

/** A use of an API key. */
export interface Use {
  api_key_id: number
  at: string
  address: string | null
}

/** Notes uses in one transaction, none over a later one. They come in the order of their ids: PostgreSQL locks row by row. */
export async function writeUses(db: Db, uses: readonly Use[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { api_key_id, at, address } of uses)
      await tx
        .updateTable('api_keys')
        .set({ last_used_at: at, last_used_address: address })
        .where('id', '=', api_key_id)
        .where((or) => or.or([or('last_used_at', 'is', null), or('last_used_at', '<', at)]))
        .execute()
  })
}
