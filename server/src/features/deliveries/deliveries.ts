import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { loggedNameOf } from './destinations.ts'
import type { DeliveryQuery } from './schema.ts'
import { type DeliveryFilter, findDelivery, type LoggedDelivery, listAttempts, listDeliveryRows } from './store.ts'

export { listMessages } from './event-store.ts'
export { readHealth } from './health.ts'
export {
  dropDeadDeliveries,
  dropDeadMessages,
  replayDead,
  replayDelivery,
  replayEvent,
  replayEvents,
} from './replays.ts'
export type { DeliveryFilter, LoggedDelivery } from './store.ts'

const errors = defineErrors('deliveries', { notFound: [404, 'Delivery is not found'] })

/** The log of deliveries, newest first; page on with the last id as `before`. */
export const readDeliveries = (
  { db }: Pick<Deps, 'db'>,
  filter: DeliveryFilter,
  page: { before?: number | undefined; limit: number },
): Promise<LoggedDelivery[]> => listDeliveryRows(db, filter, page)

/** The same by the names that operators use. */
export async function readLog(
  needs: Pick<Deps, 'db' | 'brokers'>,
  { destination, before, limit, ...filter }: DeliveryQuery,
): Promise<LoggedDelivery[]> {
  const name = destination === undefined ? undefined : await loggedNameOf(needs, destination)
  return readDeliveries(needs, { ...filter, destination: name }, { before, limit })
}

/** A delivery and how each attempt of it ended. */
export async function readDelivery({ db }: Pick<Deps, 'db'>, id: number) {
  const delivery = await findDelivery(db, id)
  if (!delivery) throw errors.notFound()
  return { delivery, attempts: await listAttempts(db, id) }
}
