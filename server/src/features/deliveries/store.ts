import type { Db, Tx } from '../../platform/db/db.ts'
import type { Delivery, Row, RowPatch } from '../../platform/db/schema.ts'

type DeliveryState = 'waiting' | 'delivered' | 'dead'

export interface DeliveryFilter {
  state?: DeliveryState | undefined
  /** `rabbitmq`, or `webhook:` and the endpoint's id. */
  destination?: string | undefined
  /** Whom the event concerns, by uid. */
  account?: string | undefined
  /** Name of an event. */
  event?: string | undefined
}

/** A delivery with what it carries. */
export type LoggedDelivery = Delivery &
  Pick<Row<'events'>, 'message_id' | 'name' | 'account_id'> & {
    account_uid: string | null
    endpoint_uid: string | null
  }

/** Deliveries that match, newest first, with ids below `before`. */
export function listDeliveryRows(
  db: Db,
  filter: DeliveryFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<LoggedDelivery[]> {
  const { destination, account, event } = filter
  let page = joined(db)
  if (destination !== undefined) page = page.where('deliveries.destination', '=', destination)
  if (account !== undefined) page = page.where('accounts.uid', '=', account)
  if (event !== undefined) page = page.where('events.name', '=', event)
  if (before !== undefined) page = page.where('deliveries.id', '<', before)
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

/** The delivery of an event to a destination, if there is one. */
export function findDeliveryOf(db: Db, event_id: number, destination: string): Promise<Delivery | undefined> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('event_id', '=', event_id)
    .where('destination', '=', destination)
    .executeTakeFirst()
}

/** Of attempts the latest are shown: what is sent again and again has many. */
const SHOWN = 200

/** How each attempt of a delivery ended, oldest first. */
export async function listAttempts(db: Db, delivery_id: number): Promise<Row<'delivery_attempts'>[]> {
  const attempts = db.selectFrom('delivery_attempts').selectAll().where('delivery_id', '=', delivery_id)
  return (await attempts.orderBy('id', 'desc').limit(SHOWN).execute()).reverse()
}

/** Opens settled deliveries again: one, or all dead ones of a destination or of all endpoints; returns how many. */
export async function reopen(
  db: Db,
  which: { id: number } | { destination: string } | { endpoints: 'all' },
  patch: RowPatch<'deliveries'>,
): Promise<number> {
  const update = db
    .updateTable('deliveries')
    .set({ ...patch, attempts: 0, delivered_at: null, failed_at: null, claimed_until: null })
  const chosen =
    'id' in which
      ? update
          .where('id', '=', which.id)
          .where((eb) => eb.or([eb('delivered_at', 'is not', null), eb('failed_at', 'is not', null)]))
      : update.where('failed_at', 'is not', null)
  const narrowed =
    'destination' in which
      ? chosen.where('destination', '=', which.destination)
      : 'endpoints' in which
        ? chosen.where('endpoint_id', 'is not', null)
        : chosen
  const { numUpdatedRows } = await narrowed.executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Lets mails and SMS that were given up be tried once more; returns how many. */
export async function reopenSendings(db: Db, now: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({ failed_at: null, attempts: 0, next_attempt_at: now })
    .where('failed_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** Removes mails and SMS that were given up; returns how many. */
export async function deleteDeadSendings(db: Db): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('outbox').where('failed_at', 'is not', null).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Removes deliveries of events that were given up, with their attempts: at one destination, or at all; returns how many. */
export async function deleteDeadDeliveries(db: Db, destination?: string): Promise<number> {
  const dead = db.deleteFrom('deliveries').where('failed_at', 'is not', null)
  const chosen = destination === undefined ? dead : dead.where('destination', '=', destination)
  return Number((await chosen.executeTakeFirstOrThrow()).numDeletedRows)
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
        attempts: 0,
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
    .leftJoin('accounts', 'accounts.id', 'events.account_id')
    .leftJoin('webhook_endpoints', 'webhook_endpoints.id', 'deliveries.endpoint_id')
    .selectAll('deliveries')
    .select([
      'events.message_id',
      'events.name',
      'events.account_id',
      'accounts.uid as account_uid',
      'webhook_endpoints.uid as endpoint_uid',
    ])

/** Every endpoint, oldest first. */
export const listEndpointStates = (db: Db) =>
  db.selectFrom('webhook_endpoints').select(['id', 'uid', 'url', 'disabled_at']).orderBy('id').execute()
