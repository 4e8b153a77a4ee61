import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { matchesFilter, webhookDestinationName } from '../../platform/events/endpoints.ts'
import { type Backlog, backlogs } from '../../platform/events/health.ts'
import { findEndpoint } from '../webhooks/webhooks.ts'
import {
  type DeliveryFilter,
  findDelivery,
  type LoggedDelivery,
  listAttempts,
  listDeliveryRows,
  listEvents,
  openDeliveries,
  reopen,
  reopenSendings,
} from './store.ts'

export type { DeliveryFilter, LoggedDelivery } from './store.ts'

const errors = defineErrors('deliveries', {
  notFound: [404, 'Delivery is not found'],
  open: [409, 'Delivery is under way'],
  noDestination: [404, 'Destination is not found'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config'>

const BATCH = 500
const RABBITMQ = 'rabbitmq'

/** The log of deliveries, newest first; page on with the last id as `before`. */
export const readDeliveries = (
  { db }: Pick<Needs, 'db'>,
  filter: DeliveryFilter,
  page: { before?: number | undefined; limit: number },
): Promise<LoggedDelivery[]> => listDeliveryRows(db, filter, page)

/** A delivery and how each attempt of it ended. */
export async function readDelivery({ db }: Pick<Needs, 'db'>, id: number) {
  const delivery = await findDelivery(db, id)
  if (!delivery) throw errors.notFound()
  return { delivery, attempts: await listAttempts(db, id) }
}

/** Sends a delivery again that was made or given up. */
export async function replayDelivery(needs: Needs, id: number): Promise<void> {
  const delivery = await findDelivery(needs.db, id)
  if (!delivery) throw errors.notFound()
  const count = await reopen(needs.db, { id }, fresh(needs, delivery.endpoint_id !== null))
  if (count === 0) throw errors.open()
}

/** Sends everything again that was given up: at one destination, or at all and mails and SMS too. Returns how much. */
export async function replayDead(needs: Needs, destination?: string): Promise<number> {
  const { db, clock } = needs
  const name = destination === undefined ? undefined : (await place(needs, destination)).name
  const events = await reopen(db, { dead: name }, fresh(needs, true))
  return destination === undefined ? events + (await reopenSendings(db, iso(clock.now()))) : events
}

/**
 * Sends every event of the log again that was recorded in a span of time and that the destination wants: also those that
 * were recorded before it existed, or that no queue was bound for. Returns how many.
 */
export async function replayEvents(
  needs: Needs,
  destination: string,
  span: { since: string; until: string },
): Promise<number> {
  const { db, clock } = needs
  const { name, endpoint_id, wants } = await place(needs, destination)
  const { give_up_at } = fresh(needs, endpoint_id !== null)
  let count = 0
  let after = 0
  for (;;) {
    const events = await listEvents(db, span, after, BATCH)
    const last = events.at(-1)
    if (!last) return count
    after = last.id
    const wanted = events.filter((event) => wants(event.name))
    count += wanted.length
    if (wanted.length === 0) continue
    await db
      .transaction()
      .execute((tx) => openDeliveries(tx, { destination: name, endpoint_id, give_up_at }, wanted, iso(clock.now())))
  }
}

/** How far behind each kind of delivery is, and how much was given up. */
export const deliveryHealth = (needs: Pick<Needs, 'db' | 'clock'>): Promise<Backlog[]> => backlogs(needs)

/** The destination of a name that operators use: `rabbitmq`, or an endpoint's uid. */
async function place({ db }: Needs, destination: string) {
  if (destination === RABBITMQ) return { name: RABBITMQ, endpoint_id: null, wants: () => true }
  const endpoint = await findEndpoint(db, destination)
  if (!endpoint) throw errors.noDestination()
  const patterns: string[] = JSON.parse(endpoint.event_filter)
  return {
    name: webhookDestinationName(endpoint),
    endpoint_id: endpoint.id,
    wants: (event: string) => matchesFilter(patterns, event),
  }
}

const fresh = ({ clock, config }: Needs, limited: boolean) => ({
  next_attempt_at: iso(clock.now()),
  give_up_at: limited ? iso(clock.now() + config.values.WEBHOOK_RETRY_DAYS * DAY) : null,
})
