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

/** `undefined` when there is no such endpoint. */
export function updateEndpoint(
  db: Db,
  uid: string,
  patch: RowPatch<'webhook_endpoints'>,
): Promise<WebhookEndpoint | undefined> {
  return db.updateTable('webhook_endpoints').set(patch).where('uid', '=', uid).returningAll().executeTakeFirst()
}

/** Removes the endpoint with its deliveries; returns whether it was there. */
export async function deleteEndpoint(db: Db, uid: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('webhook_endpoints').where('uid', '=', uid).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
