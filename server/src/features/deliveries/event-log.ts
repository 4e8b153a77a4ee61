import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { countDeliveries, findEvent, type LoggedEvent, listEventLog } from './event-store.ts'
import type { EventQuery, EventView } from './schema.ts'

const errors = defineErrors('deliveries', { noEvent: [404, 'Event is not found'] })

/** The log of events, newest first; page on with the last id as `before`. */
export async function readEvents({ db }: Pick<Deps, 'db'>, query: EventQuery): Promise<EventView[]> {
  const { account, name, since, until, before, limit } = query
  const filter = { account, name, since: instant(since), until: instant(until) }
  return withCounts(db, await listEventLog(db, filter, { before, limit }))
}

/** An event of the log. */
export async function readEvent({ db }: Pick<Deps, 'db'>, id: number): Promise<EventView> {
  const event = await findEvent(db, id)
  if (!event) throw errors.noEvent()
  const [view] = await withCounts(db, [event])
  if (!view) throw errors.noEvent()
  return view
}

async function withCounts(db: Deps['db'], events: LoggedEvent[]): Promise<EventView[]> {
  if (events.length === 0) return []
  const counts = await countDeliveries(
    db,
    events.map(({ id }) => id),
  )
  const byEvent = new Map(counts.map((count) => [count.event_id, count]))
  return events.map(({ id, message_id, name, account_uid, created_at }) => {
    const { all = 0, delivered = 0, dead = 0 } = byEvent.get(id) ?? {}
    return {
      id,
      event_id: message_id,
      name,
      account_uid,
      created_at,
      waiting: Number(all) - Number(delivered) - Number(dead),
      delivered: Number(delivered),
      dead: Number(dead),
    }
  })
}

/** The same instant as the database writes it. */
const instant = (text: string | undefined): string | undefined => (text === undefined ? undefined : iso(parseIso(text)))
