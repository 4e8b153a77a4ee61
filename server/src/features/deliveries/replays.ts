import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import { audit, type Entry } from '../audit/audit.ts'
import { loggedNameOf, placeOf } from './destinations.ts'
import { findEvent, listEvents } from './event-store.ts'
import {
  deleteDeadDeliveries,
  deleteDeadSendings,
  findDelivery,
  findDeliveryOf,
  openDeliveries,
  reopen,
  reopenSendings,
} from './store.ts'

const errors = defineErrors('deliveries', {
  notFound: [404, 'Delivery is not found'],
  noDestination: [404, 'Destination is not found'],
  noEvent: [404, 'Event is not found'],
  open: [409, 'Delivery is under way'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'brokers'>

const BATCH = 500

/** Sends a delivery again that was made or given up. */
export async function replayDelivery(needs: Needs, id: number): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const delivery = await findDelivery(tx, id)
    if (!delivery) throw errors.notFound()
    if (delivery.endpoint_id === null && !needs.brokers.includes(delivery.destination)) throw errors.noDestination()
    const count = await reopen(tx, { id }, fresh(needs, delivery.endpoint_id !== null))
    if (count === 0) throw errors.open()
    await note(needs, tx, { delivery: id, event: delivery.message_id })
  })
}

/** Sends one event to a destination, whether it wanted it or not, and whether it has had it or not. */
export async function replayEvent(needs: Needs, id: number, destination: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const { name, endpoint_id } = await placeOf({ ...needs, db: tx }, destination)
    const event = await findEvent(tx, id)
    if (!event) throw errors.noEvent()
    const there = await findDeliveryOf(tx, id, name)
    if (there && there.delivered_at === null && there.failed_at === null) throw errors.open()
    const { give_up_at } = fresh(needs, endpoint_id !== null)
    await openDeliveries(tx, { destination: name, endpoint_id, give_up_at }, [event], iso(needs.clock.now()))
    await note(needs, tx, { destination, event: event.message_id })
  })
}

/** Sends everything again that was given up: at one destination, or at all and mails and SMS too. Returns how much. */
export async function replayDead(needs: Needs, destination?: string): Promise<number> {
  return needs.db.transaction().execute(async (tx) => {
    const count = destination === undefined ? await reopenAll(needs, tx) : await reopenAt(needs, tx, destination)
    await note(needs, tx, { dead: true, destination: destination ?? null, count })
    return count
  })
}

async function reopenAt(needs: Needs, tx: Tx, destination: string): Promise<number> {
  const { name, endpoint_id } = await placeOf({ ...needs, db: tx }, destination)
  return reopen(tx, { destination: name }, fresh(needs, endpoint_id !== null))
}

async function reopenAll(needs: Needs, tx: Tx): Promise<number> {
  let count = await reopen(tx, { endpoints: 'all' }, fresh(needs, true))
  for (const name of needs.brokers) count += await reopen(tx, { destination: name }, fresh(needs, false))
  return count + (await reopenSendings(tx, iso(needs.clock.now())))
}

/** Removes mails and SMS that were given up, for good; returns how many. */
export async function dropDeadMessages({ db, clock }: Pick<Needs, 'db' | 'clock'>): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const count = await deleteDeadSendings(tx)
    await audit({ clock }, tx, { action: 'event.dropped', account_id: null, details: { count } })
    return count
  })
}

/** Removes deliveries of events that were given up, for good: at one destination, or at all; returns how many. The events stay. */
export async function dropDeadDeliveries(needs: Pick<Needs, 'db' | 'clock' | 'brokers'>, destination?: string) {
  const { db, clock } = needs
  const name = destination === undefined ? undefined : await loggedNameOf(needs, destination)
  return db.transaction().execute(async (tx) => {
    const count = await deleteDeadDeliveries(tx, name)
    const details = { events: true, destination: destination ?? null, count }
    await audit({ clock }, tx, { action: 'event.dropped', account_id: null, details })
    return count
  })
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
  const { name, endpoint_id, wants } = await placeOf(needs, destination)
  const { give_up_at } = fresh(needs, endpoint_id !== null)
  await db.transaction().execute((tx) => note(needs, tx, { destination, ...span }))
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

const note = (needs: Pick<Needs, 'clock'>, tx: Tx, details: NonNullable<Entry['details']>): Promise<void> =>
  audit(needs, tx, { action: 'event.replayed', account_id: null, details })

/** RabbitMQ gives nothing up; what is reopened at endpoints has its days anew. */
const fresh = ({ clock, config }: Needs, limited: boolean) => ({
  next_attempt_at: iso(clock.now()),
  give_up_at: limited ? iso(clock.now() + config.values.WEBHOOK_RETRY_DAYS * DAY) : null,
})
