import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Row } from '../../platform/db/schema.ts'

type Kind = Row<'familiar_origins'>['kind']

/** Whether the account was signed in to from one of these before. */
export async function isFamiliar(db: Db, account_id: number, kind: Kind, values: readonly string[]): Promise<boolean> {
  const row = await db
    .selectFrom('familiar_origins')
    .select('id')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .where('value', 'in', values)
    .executeTakeFirst()
  return row !== undefined
}

/** Whether anything of the kind is known of the account. */
export async function hasHistory(db: Db, account_id: number, kind: Kind): Promise<boolean> {
  const row = await db
    .selectFrom('familiar_origins')
    .select('id')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that the account was signed in to from there. */
export async function noteOrigin(tx: Tx, account_id: number, kind: Kind, value: string, now: string): Promise<void> {
  await tx
    .insertInto('familiar_origins')
    .values({ account_id, kind, value, created_at: now, last_seen_at: now })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'kind', 'value']).doUpdateSet({ last_seen_at: sql`excluded.last_seen_at` }),
    )
    .execute()
}

/** Forgets devices of the account, so that all are strangers again. */
export async function deleteDevices(tx: Tx, account_id: number): Promise<void> {
  await tx.deleteFrom('familiar_origins').where('account_id', '=', account_id).where('kind', '=', 'device').execute()
}

/** Removes a batch of what was not seen since; returns how many. */
export async function deleteForgotten(db: Db, before: string, limit: number): Promise<number> {
  const old = db.selectFrom('familiar_origins').select('id').where('last_seen_at', '<=', before).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('familiar_origins').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
