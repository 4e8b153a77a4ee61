import { type Clock, DAY, iso } from '../../lib/clock.ts'
import type { Config } from '../config/config.ts'
import type { Db } from '../db/db.ts'
import type { RowPatch } from '../db/schema.ts'

const BATCH = 500

interface Needs {
  db: Db
  clock: Clock
  config: Config
  /** The names of those that are configured. */
  brokers: readonly string[]
}

/**
 * Gives up what became overdue at endpoints that are switched off and at brokers that are not configured any more, and forgets a
 * batch of old events that went everywhere they had to; dead letters stay. Returns how many rows it touched.
 */
export async function cleanEvents(needs: Needs): Promise<number> {
  const given_up = (await giveUpOverdue(needs)) + (await giveUpUnconfigured(needs))
  return given_up + (await forgetOld(needs))
}

const givenUp = (now: number, last_error: string): RowPatch<'deliveries'> => ({
  failed_at: iso(now),
  claimed_until: null,
  last_error,
})

async function giveUpOverdue({ db, clock }: Needs): Promise<number> {
  const now = clock.now()
  const overdue = await db
    .updateTable('deliveries')
    .set(givenUp(now, 'The endpoint was switched off until it was too late.'))
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('give_up_at', '<', iso(now))
    .where('endpoint_id', 'in', (eb) =>
      eb.selectFrom('webhook_endpoints').select('id').where('disabled_at', 'is not', null),
    )
    .executeTakeFirst()
  return Number(overdue.numUpdatedRows)
}

/** Only after days: of several nodes, one may not have the setting yet. */
async function giveUpUnconfigured({ db, clock, config, brokers }: Needs): Promise<number> {
  const now = clock.now()
  const open = db
    .updateTable('deliveries')
    .set(givenUp(now, 'The broker is not configured.'))
    .where('delivered_at', 'is', null)
    .where('failed_at', 'is', null)
    .where('endpoint_id', 'is', null)
    .where('next_attempt_at', '<', iso(now - config.values.WEBHOOK_RETRY_DAYS * DAY))
  const left = brokers.length === 0 ? open : open.where('destination', 'not in', brokers)
  return Number((await left.executeTakeFirst()).numUpdatedRows)
}

async function forgetOld({ db, clock, config }: Needs): Promise<number> {
  const old = db
    .selectFrom('events')
    .select('events.id')
    .where('events.created_at', '<', iso(clock.now() - config.values.EVENTS_KEPT_DAYS * DAY))
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
  return Number(forgotten.numDeletedRows)
}
