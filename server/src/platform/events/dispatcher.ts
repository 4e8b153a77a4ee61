import { sql } from 'kysely'
import { iso } from '../../lib/clock.ts'
import type { Db } from '../db/db.ts'
import type { WebhookEndpoint } from '../db/schema.ts'
import type { Deliverer } from './deliver.ts'
import type { Destination } from './destinations.ts'
import { findActiveEndpoint, webhookDestinationName } from './endpoints.ts'
import type { RelayNeeds } from './relay-needs.ts'
import { webhookDestination } from './webhooks.ts'

/** Keeps one task for each destination that has something due, so that a slow receiver holds up only itself. */
export interface Dispatcher extends AsyncDisposable {
  /** Starts the tasks that are not running; returns 0 at once. */
  dispatch(): Promise<number>
  /** Works on one destination after the other until nothing is due; returns how many deliveries were settled. */
  drain(): Promise<number>
}

/** A destination that has something due. What it is like is read for each batch, as it may be changed or switched off meanwhile. */
interface Place {
  name: string
  read(): Promise<Destination | undefined>
}

export function createDispatcher(needs: RelayNeeds, deliver: Deliverer): Dispatcher {
  const deliverTo = async ({ read }: Place): Promise<number> => {
    const destination = await read()
    return destination ? deliver(destination) : 0
  }
  const tasks = new Map<string, Promise<void>>()
  const again = new Set<string>()
  let stopped = false
  const work = async (destination: Place) => {
    try {
      do {
        again.delete(destination.name)
        while (!stopped && (await deliverTo(destination)) > 0);
      } while (!stopped && again.has(destination.name))
    } catch (error) {
      needs.log.error({ err: error, destination: destination.name }, 'Deliveries were interrupted; they go on')
    } finally {
      tasks.delete(destination.name)
    }
  }
  return {
    dispatch: async () => {
      for (const destination of await busyDestinations(needs)) {
        if (tasks.has(destination.name)) again.add(destination.name)
        else tasks.set(destination.name, work(destination))
      }
      return 0
    },
    drain: async () => {
      let total = 0
      for (const destination of await busyDestinations(needs)) {
        for (let count = await deliverTo(destination); count > 0; count = await deliverTo(destination)) total += count
      }
      return total
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true
      await Promise.all(tasks.values())
    },
  }
}

async function busyDestinations(needs: RelayNeeds): Promise<Place[]> {
  const endpoints = await listEndpointsWithWork(needs.db, iso(needs.clock.now()))
  return [
    ...needs.brokers.map((broker) => ({ name: broker.name, read: async () => broker })),
    ...endpoints.map((endpoint) => ({
      name: webhookDestinationName(endpoint),
      read: async () => {
        const active = await findActiveEndpoint(needs.db, endpoint.id)
        return active && webhookDestination(needs, active)
      },
    })),
  ]
}

function listEndpointsWithWork(db: Db, now: string): Promise<Pick<WebhookEndpoint, 'id'>[]> {
  return db
    .selectFrom('webhook_endpoints as e')
    .select('e.id')
    .where('e.disabled_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('deliveries as d')
          .select('d.id')
          .where('d.destination', '=', sql<string>`'webhook:' || e.id`)
          .where('d.delivered_at', 'is', null)
          .where('d.failed_at', 'is', null)
          .where('d.next_attempt_at', '<=', now),
      ),
    )
    .execute()
}
