import { sql } from 'kysely'
import { DAY, iso } from '../../lib/clock.ts'
import { isListed, type Listed, listed } from '../db/bulk.ts'
import { isPostgres, type Tx } from '../db/db.ts'
import { prepared } from '../db/prepared.ts'
import type { NewRow, Row } from '../db/schema.ts'
import { type EndpointFilter, filtersOfEndpoints, matchesFilter, webhookDestinationName } from './endpoints.ts'
import type { RelayNeeds } from './relay-needs.ts'

const BATCH = 500
const TURN = 'barong:fan-out'

/** What came of it: how many deliveries were written, and whether more events may wait. */
interface FannedOut {
  deliveries: number
  more: boolean
}

const NOTHING: FannedOut = { deliveries: 0, more: false }

/** Writes a delivery for each waiting event and each destination that wants it, a batch of events at a time. */
export async function fanOut(needs: Pick<RelayNeeds, 'db' | 'clock' | 'brokers' | 'webhooks'>): Promise<FannedOut> {
  return needs.db.transaction().execute(async (tx) => {
    // One process at a time: what it sees then is in order, and so are the deliveries it writes.
    if (!(await myTurn(tx))) return NOTHING
    const events = await waitingEvents(tx, BATCH)
    if (events.length === 0) return NOTHING
    const now = needs.clock.now()
    const endpoints = await filtersOfEndpoints(tx)
    const rows = events.flatMap((event) => deliveriesOf(needs, event, endpoints, now))
    for (let at = 0; at < rows.length; at += BATCH) await insertDeliveries(tx, rows.slice(at, at + BATCH))
    const ids = events.map((event) => event.id)
    await fannedOut(tx, iso(now), listed(tx, ids))
    return { deliveries: rows.length, more: events.length === BATCH }
  })
}

const waitingEvents = prepared('waiting_events', (tx, limit: number) =>
  tx
    .selectFrom('events')
    .select(['id', 'account_id', 'name'])
    .where('fanned_out_at', 'is', null)
    .orderBy('id')
    .limit(limit),
)

const fannedOut = prepared('events_fanned_out', (tx, fanned_out_at: string, ids: Listed) =>
  tx
    .updateTable('events')
    .set({ fanned_out_at })
    .where(isListed(tx, 'id', ids)),
)

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
  endpoints: readonly EndpointFilter[],
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
