import type { Db } from '../db/db.ts'
import { prepared } from '../db/prepared.ts'
import type { WebhookEndpoint } from '../db/schema.ts'

/** Which events an endpoint wants. */
export type EndpointFilter = Pick<WebhookEndpoint, 'id' | 'event_filter'>

/** What the endpoints want that are not switched off. */
export const filtersOfEndpoints: (db: Db) => Promise<EndpointFilter[]> = prepared('filters_of_endpoints', (db) =>
  db.selectFrom('webhook_endpoints').select(['id', 'event_filter']).where('disabled_at', 'is', null).orderBy('id'),
)

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
