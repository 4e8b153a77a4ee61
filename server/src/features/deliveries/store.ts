import type { Db, Tx } from '../../platform/db/db.ts'
import type { Delivery, Row, RowPatch } from '../../platform/db/schema.ts'

type DeliveryState = 'waiting' | 'delivered' | 'dead'

export interface DeliveryFilter {
  state?: DeliveryState | undefined
  /** `rabbitmq`, or `webhook:` and the endpoint's id. */
  destination?: string | undefined
  account_id?: number | undefined
  /** Name of an event. */
  event?: string | undefined
}

/** A delivery with what it carries. */
export type LoggedDelivery = Delivery & Pick<Row<'events'>, 'message_id' | 'name' | 'account_id'>

/** Deliveries that match, newest first, with ids below `before`. */
export function listDeliveryRows(
  db: Db,
  filter: DeliveryFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<LoggedDelivery[]> {
  const all = joined(db)
  const byPlace = filter.destination === undefined ? all : all.where('deliveries.destination', '=', filter.destination)
  const byAccount =
    filter.account_id === undefined ? byPlace : byPlace.where('events.account_id', '=', filter.account_id)
  const byEvent = filter.event === undefined ? byAccount : byAccount.where('events.name', '=', filter.event)
  const page = before === undefined ? byEvent : byEvent.where('deliveries.id', '<', before)
  const { state } = filter
  const byState =
    state === undefined
      ? page
      : page
          .where('deliveries.delivered_at', state === 'delivered' ? 'is not' : 'is', null)
          .where('deliveries.failed_at', state === 'dead' ? 'is not' : 'is', null)
  return byState.orderBy('deliveries.id', 'desc').limit(limit).execute()
}

export function findDelivery(db: Db, id: number): Promise<LoggedDelivery | undefined> {
  return joined(db).where('deliveries.id', '=', id).executeTakeFirst()
}

/** How each attempt of a delivery ended, oldest first. */
export function listAttempts(db: Db, delivery_id: number): Promise<Row<'delivery_attempts'>[]> {
  return db.selectFrom('delivery_attempts').selectAll().where('delivery_id', '=', delivery_id).orderBy('id').execute()
}

/** Opens settled deliveries again, one or all dead ones of a destination; returns how many. */
export async function reopen(
  db: Db,
  which: { id: number } | { dead: string | undefined },
  patch: RowPatch<'deliveries'>,
): Promise<number> {
  const update = db
    .updateTable('deliveries')
    .set({ ...patch, delivered_at: null, failed_at: null, claimed_until: null })
  const chosen =
    'id' in which
      ? update
          .where('id', '=', which.id)
          .where((eb) => eb.or([eb('delivered_at', 'is not', null), eb('failed_at', 'is not', null)]))
      : update.where('failed_at', 'is not', null)
  const narrowed = 'dead' in which && which.dead !== undefined ? chosen.where('destination', '=', which.dead) : chosen
  const { numUpdatedRows } = await narrowed.executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Lets mails and SMS that were given up be tried once more; returns how many. */
export async function reopenSendings(db: Db, now: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({ failed_at: null, next_attempt_at: now })
    .where('failed_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Events of the log that were recorded from `since` on and before `until`, in their order, with ids above `after`. */
export function listEvents(db: Db, { since, until }: { since: string; until: string }, after: number, limit: number) {
  return db
    .selectFrom('events')
    .select(['id', 'account_id', 'name'])
    .where('created_at', '>=', since)
    .where('created_at', '<', until)
    .where('fanned_out_at', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Writes open deliveries; one that is there and settled is opened again. */
export async function openDeliveries(
  tx: Tx,
  destination: Pick<Delivery, 'destination' | 'endpoint_id' | 'give_up_at'>,
  events: readonly Pick<Row<'events'>, 'id' | 'account_id'>[],
  now: string,
): Promise<void> {
  const rows = events.map((event) => ({
    ...destination,
    event_id: event.id,
    stream: event.account_id ?? 0,
    created_at: now,
    next_attempt_at: now,
  }))
  await tx
    .insertInto('deliveries')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['event_id', 'destination']).doUpdateSet({
        delivered_at: null,
        failed_at: null,
        claimed_until: null,
        next_attempt_at: now,
        give_up_at: destination.give_up_at,
      }),
    )
    .execute()
}

const joined = (db: Db) =>
  db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .selectAll('deliveries')
    .select(['events.message_id', 'events.name', 'events.account_id'])
