import type { Db } from '../db/db.ts'
import type { WebhookEndpoint } from '../db/schema.ts'

/** Endpoints that are not switched off. */
export function listActiveEndpoints(db: Db): Promise<WebhookEndpoint[]> {
  return db.selectFrom('webhook_endpoints').selectAll().where('disabled_at', 'is', null).orderBy('id').execute()
}

/** The endpoint, unless it is switched off or gone. */
export function findActiveEndpoint(db: Db, id: number): Promise<WebhookEndpoint | undefined> {
  return db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
}

/** The name of an endpoint's deliveries. */
export const webhookDestinationName = (endpoint: Pick<WebhookEndpoint, 'id'>): string => `webhook:${endpoint.id}`

/** Whether one of the patterns, in which * stands for any text, names the event. */
export const matchesFilter = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(name))
