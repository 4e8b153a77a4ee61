import { iso } from '../../lib/clock.ts'
import { type Db, isPostgres } from '../db/db.ts'
import type { Delivery, NewRow, Row } from '../db/schema.ts'
import type { Destination } from './destinations.ts'

/** A claimed delivery with the event it carries. */
export type Claimed = Delivery & { event: Row<'events'> }

/** What becomes of a claimed delivery after an attempt. */
export interface Settled {
  id: number
  attempts: number
  duration_ms: number
  status: number | null
  error: string | null
  /** `delivered`, `given up`, or the instant (ISO 8601) of the next attempt. */
  fate: 'delivered' | 'given up' | { next_attempt_at: string }
}

/**
 * Takes the oldest open delivery of each account, when it is due and nobody else has it, at most `limit` of them. So
 * nothing of an account overtakes what is still open, and one account's trouble stops no other. Where a single one is
 * taken, to see whether the receiver is there, it is the one that was tried least often: an event that can never be
 * delivered would otherwise be taken each time.
 */
export async function claimDue(db: Db, destination: Destination, now: number, limit: number): Promise<Claimed[]> {
  const instant = iso(now)
  const due = db
    .selectFrom('deliveries as d')
    .select('d.id')
    .where('d.destination', '=', destination.name)
    .where('d.delivered_at', 'is', null)
    .where('d.failed_at', 'is', null)
    .where('d.next_attempt_at', '<=', instant)
    .where((eb) => eb.or([eb('d.claimed_until', 'is', null), eb('d.claimed_until', '<', instant)]))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('deliveries as earlier')
            .select('earlier.id')
            .whereRef('earlier.destination', '=', 'd.destination')
            .whereRef('earlier.stream', '=', 'd.stream')
            .whereRef('earlier.event_id', '<', 'd.event_id')
            .where('earlier.delivered_at', 'is', null)
            .where('earlier.failed_at', 'is', null),
        ),
      ),
    )
    .$if(limit === 1, (query) => query.orderBy('d.attempts'))
    .orderBy('d.event_id')
    .limit(limit)
  const rows = await db
    .updateTable('deliveries')
    .set({ claimed_until: iso(now + destination.claim) })
    .where('id', 'in', isPostgres(db) ? due.forUpdate().skipLocked() : due)
    .returningAll()
    .execute()
  return withEvents(db, rows)
}

/**
 * Takes what follows deliveries that are claimed already, up to the first of each account that is not due. Nobody else
 * does: whoever holds an account's oldest open delivery holds the account.
 */
export async function claimFollowing(
  db: Db,
  destination: Destination,
  heads: readonly Delivery[],
  now: number,
  limit: number,
): Promise<Claimed[]> {
  if (heads.length === 0) return []
  const held = heads.map((head) => head.id)
  const waiting = await db
    .selectFrom('deliveries')
    .select(['id', 'stream', 'next_attempt_at', 'claimed_until'])
    .where('destination', '=', destination.name)
    .where(
      'stream',
      'in',
      heads.map((head) => head.stream),
    )
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('id', 'not in', held)
    .orderBy('event_id')
    .limit(limit)
    .execute()
  const blocked = new Set<number>()
  const instant = iso(now)
  const ids = waiting.flatMap(({ id, stream, next_attempt_at, claimed_until }) => {
    if (next_attempt_at > instant || (claimed_until !== null && claimed_until >= instant)) blocked.add(stream)
    return blocked.has(stream) ? [] : [id]
  })
  if (ids.length === 0) return []
  const rows = await db
    .updateTable('deliveries')
    .set({ claimed_until: iso(now + destination.claim) })
    .where('id', 'in', ids)
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .returningAll()
    .execute()
  return withEvents(db, rows)
}

async function withEvents(db: Db, rows: Delivery[]): Promise<Claimed[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.event_id)
  const events = await db.selectFrom('events').selectAll().where('id', 'in', ids).execute()
  const byId = new Map(events.map((event) => [event.id, event]))
  return rows
    .toSorted((a, b) => a.event_id - b.event_id)
    .flatMap((row) => {
      const event = byId.get(row.event_id)
      return event ? [{ ...row, event }] : []
    })
}

/**
 * Writes down how attempts ended and lets go of what was claimed and not attempted, all in one transaction. What another
 * process settled meanwhile stays settled.
 */
export async function settle(
  db: Db,
  settled: readonly Settled[],
  unattempted: readonly number[],
  now: number,
): Promise<void> {
  const instant = iso(now)
  const delivered = settled.filter(({ fate }) => fate === 'delivered')
  await db.transaction().execute(async (tx) => {
    if (delivered.length > 0) {
      await tx
        .updateTable('deliveries')
        .set((eb) => ({
          delivered_at: instant,
          claimed_until: null,
          attempts: eb('attempts', '+', 1),
          last_error: null,
        }))
        .where(
          'id',
          'in',
          delivered.map(({ id }) => id),
        )
        .where('failed_at', 'is', null)
        .execute()
    }
    for (const { id, attempts, error, fate } of settled) {
      if (fate === 'delivered') continue
      await tx
        .updateTable('deliveries')
        .set({
          attempts,
          last_error: error,
          claimed_until: null,
          ...(fate === 'given up' ? { failed_at: instant } : fate),
        })
        .where('id', '=', id)
        .where('delivered_at', 'is', null)
        .execute()
    }
    if (unattempted.length > 0)
      await tx.updateTable('deliveries').set({ claimed_until: null }).where('id', 'in', unattempted).execute()
    // A person may have been erased meanwhile, with their events and the deliveries of these. Those that are left stay till the end.
    const left = tx
      .selectFrom('deliveries')
      .select('id')
      .where(
        'id',
        'in',
        settled.map(({ id }) => id),
      )
    const rows = await (isPostgres(tx) ? left.forKeyShare() : left).execute()
    const there = new Set(rows.map(({ id }) => id))
    const attempts = settled.filter(({ id }) => there.has(id)).map((one) => attemptRow(one, instant))
    if (attempts.length > 0) await tx.insertInto('delivery_attempts').values(attempts).execute()
  })
}

/** Makes everything open due: the receiver is back. */
export async function hasten(db: Db, destination: Pick<Destination, 'name'>, now: number): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ next_attempt_at: iso(now) })
    .where('destination', '=', destination.name)
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('next_attempt_at', '>', iso(now))
    .execute()
}

/**
 * Switches an endpoint off while it is still at this URL; what is open for it waits until it is switched on again. Returns whether
 * it did.
 */
export async function disableEndpoint(db: Db, endpoint_id: number, url: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_endpoints')
    .set({ disabled_at: iso(now), updated_at: iso(now) })
    .where('id', '=', endpoint_id)
    .where('url', '=', url)
    .where('disabled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

const attemptRow = (
  { id, duration_ms, status, error }: Settled,
  attempted_at: string,
): NewRow<'delivery_attempts'> => ({
  delivery_id: id,
  attempted_at,
  duration_ms,
  status,
  error,
})
