import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { matchesFilter, webhookDestinationName } from '../../platform/events/endpoints.ts'
import { findEndpoint } from '../webhooks/webhooks.ts'

const errors = defineErrors('deliveries', { noDestination: [404, 'Destination is not found'] })

/** A destination as deliveries know it, and which events it wants. */
interface Place {
  name: string
  endpoint_id: number | null
  wants(event: string): boolean
}

const RABBITMQ = 'rabbitmq'

/** The name in `deliveries` of a destination that operators name: also of a broker that is not configured any more. */
export async function loggedNameOf(needs: Pick<Deps, 'db' | 'brokers'>, destination: string): Promise<string> {
  return destination === RABBITMQ ? RABBITMQ : (await placeOf(needs, destination)).name
}

/** The destination of a name that operators use: `rabbitmq`, where it is configured, or an endpoint's uid; 404 when there is none. */
export async function placeOf({ db, brokers }: Pick<Deps, 'db' | 'brokers'>, destination: string): Promise<Place> {
  if (brokers.includes(destination)) return { name: destination, endpoint_id: null, wants: () => true }
  const endpoint = await findEndpoint(db, destination)
  if (!endpoint) throw errors.noDestination()
  const patterns: string[] = JSON.parse(endpoint.event_filter)
  return {
    name: webhookDestinationName(endpoint),
    endpoint_id: endpoint.id,
    wants: (event) => matchesFilter(patterns, event),
  }
}
