import { type Clock, DAY, iso } from '../../lib/clock.ts'
import type { Config } from '../config/config.ts'
import type { Db } from '../db/db.ts'

const BATCH = 500

/**
 * Gives up what became overdue at endpoints that are switched off, and forgets a batch of old events that went everywhere
 * they had to; dead letters stay. Returns how many rows it touched.
 */
export async function cleanEvents({ db, clock, config }: { db: Db; clock: Clock; config: Config }): Promise<number> {
  const now = clock.now()
  const overdue = await db
    .updateTable('deliveries')
    .set({
      failed_at: iso(now),
      claimed_until: null,
      last_error: 'The endpoint was switched off until it was too late.',
    })
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('give_up_at', '<', iso(now))
    .where('endpoint_id', 'in', (eb) =>
      eb.selectFrom('webhook_endpoints').select('id').where('disabled_at', 'is not', null),
    )
    .executeTakeFirst()
  const old = db
    .selectFrom('events')
    .select('events.id')
    .where('events.created_at', '<', iso(now - config.values.EVENTS_KEPT_DAYS * DAY))
    .where('events.fanned_out_at', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.event_id', '=', 'events.id')
            .where('deliveries.delivered_at', 'is', null),
        ),
      ),
    )
    .limit(BATCH)
  const forgotten = await db.deleteFrom('events').where('id', 'in', old).executeTakeFirst()
  return Number(overdue.numUpdatedRows) + Number(forgotten.numDeletedRows)
}
