import { defineErrors } from '../../lib/errors.ts'
import type { Db } from '../../platform/db/db.ts'
import { matchesFilter, webhookDestinationName } from '../../platform/events/endpoints.ts'
import { findEndpoint } from '../webhooks/webhooks.ts'

const errors = defineErrors('deliveries', { noDestination: [404, 'Destination is not found'] })

const RABBITMQ = 'rabbitmq'

/** A destination as deliveries know it, and which events it wants. */
interface Place {
  name: string
  endpoint_id: number | null
  wants(event: string): boolean
}

/** The destination of a name that operators use: `rabbitmq`, or an endpoint's uid; 404 when there is none. */
export async function placeOf(db: Db, destination: string): Promise<Place> {
  if (destination === RABBITMQ) return { name: RABBITMQ, endpoint_id: null, wants: () => true }
  const endpoint = await findEndpoint(db, destination)
  if (!endpoint) throw errors.noDestination()
  const patterns: string[] = JSON.parse(endpoint.event_filter)
  return {
    name: webhookDestinationName(endpoint),
    endpoint_id: endpoint.id,
    wants: (event) => matchesFilter(patterns, event),
  }
}
