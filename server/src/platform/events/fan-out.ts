import { sql } from 'kysely'
import { DAY, iso } from '../../lib/clock.ts'
import { isAmong } from '../db/bulk.ts'
import { isPostgres, type Tx } from '../db/db.ts'
import type { NewRow, Row, WebhookEndpoint } from '../db/schema.ts'
import { listActiveEndpoints, matchesFilter, webhookDestinationName } from './endpoints.ts'
import type { RelayNeeds } from './relay-needs.ts'

const BATCH = 500
const TURN = 'barong:fan-out'

/** Writes a delivery for each waiting event and each destination that wants it; returns how many events were dealt with. */
export async function fanOut(needs: Pick<RelayNeeds, 'db' | 'clock' | 'brokers' | 'webhooks'>): Promise<number> {
  return needs.db.transaction().execute(async (tx) => {
    // One process at a time: what it sees then is in order, and so are the deliveries it writes.
    if (!(await myTurn(tx))) return 0
    const events = await tx
      .selectFrom('events')
      .select(['id', 'account_id', 'name'])
      .where('fanned_out_at', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute()
    if (events.length === 0) return 0
    const now = needs.clock.now()
    const endpoints = await listActiveEndpoints(tx)
    const rows = events.flatMap((event) => deliveriesOf(needs, event, endpoints, now))
    for (let at = 0; at < rows.length; at += BATCH) await insertDeliveries(tx, rows.slice(at, at + BATCH))
    await tx
      .updateTable('events')
      .set({ fanned_out_at: iso(now) })
      .where(
        isAmong(
          tx,
          'id',
          events.map((event) => event.id),
        ),
      )
      .execute()
    return events.length
  })
}

/** Adds deliveries; one that is there already stays as it is. */
async function insertDeliveries(tx: Tx, rows: NewRow<'deliveries'>[]): Promise<void> {
  await tx
    .insertInto('deliveries')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['event_id', 'destination']).doNothing())
    .execute()
}

function deliveriesOf(
  { brokers, webhooks }: Pick<RelayNeeds, 'brokers' | 'webhooks'>,
  event: Pick<Row<'events'>, 'id' | 'account_id' | 'name'>,
  endpoints: readonly WebhookEndpoint[],
  now: number,
): NewRow<'deliveries'>[] {
  const common = {
    event_id: event.id,
    stream: event.account_id ?? 0,
    created_at: iso(now),
    next_attempt_at: iso(now),
  }
  const wanted = endpoints.filter((endpoint) => matchesFilter(JSON.parse(endpoint.event_filter), event.name))
  return [
    ...brokers.map(({ name }) => ({ ...common, destination: name, endpoint_id: null, give_up_at: null })),
    ...wanted.map((endpoint) => ({
      ...common,
      destination: webhookDestinationName(endpoint),
      endpoint_id: endpoint.id,
      give_up_at: iso(now + webhooks.retry_days * DAY),
    })),
  ]
}

async function myTurn(tx: Tx): Promise<boolean> {
  if (!isPostgres(tx)) return true
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${TURN}, 0)) as mine`.execute(tx)
  return rows[0]?.mine === true
}
