import type { Db } from '../../platform/db/db.ts'
import type { NewRow, RowPatch, WebhookEndpoint } from '../../platform/db/schema.ts'

/** Every endpoint, oldest first. */
export function listEndpoints(db: Db): Promise<WebhookEndpoint[]> {
  return db.selectFrom('webhook_endpoints').selectAll().orderBy('id').execute()
}

export function findEndpoint(db: Db, uid: string): Promise<WebhookEndpoint | undefined> {
  return db.selectFrom('webhook_endpoints').selectAll().where('uid', '=', uid).executeTakeFirst()
}

export function insertEndpoint(db: Db, row: NewRow<'webhook_endpoints'>): Promise<WebhookEndpoint> {
  return db.insertInto('webhook_endpoints').values(row).returningAll().executeTakeFirstOrThrow()
}

export function updateEndpoint(db: Db, uid: string, patch: RowPatch<'webhook_endpoints'>): Promise<WebhookEndpoint> {
  return db.updateTable('webhook_endpoints').set(patch).where('uid', '=', uid).returningAll().executeTakeFirstOrThrow()
}

export async function countUndelivered(db: Db, endpoint_id: number): Promise<number> {
  const { count } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('endpoint_id', '=', endpoint_id)
    .where('delivered_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Removes the endpoint with its deliveries. */
export async function deleteEndpoint(db: Db, uid: string): Promise<void> {
  await db.deleteFrom('webhook_endpoints').where('uid', '=', uid).execute()
}
