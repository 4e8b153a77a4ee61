import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import type { WebhookEndpoint } from '../../platform/db/schema.ts'
import { newWebhookSecret } from '../../platform/events/standard-webhooks.ts'
import { sealSecret, webhookSettings } from '../../platform/events/webhooks.ts'
import { endpointUrlProblem, uselessPattern } from './endpoint-rules.ts'
import { deleteEndpoint, findEndpoint, insertEndpoint, listEndpoints, updateEndpoint } from './store.ts'

export { findEndpoint } from './store.ts'

const errors = defineErrors('webhooks', {
  notFound: [404, 'Webhook endpoint is not found'],
  url: [422, 'URL is invalid'],
  events: [422, 'Events are invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'config'>

/** For how long after a rotation the former secret signs as well. */
const OVERLAP = DAY

/** What an operator says of an endpoint; in `events` a * stands for any text. */
export interface EndpointInput {
  url: string
  events: readonly string[]
  description: string
}

/** An endpoint as operators see it. */
export interface EndpointView {
  uid: string
  url: string
  events: string[]
  description: string
  disabled_at: string | null
  created_at: string
}

/** Adds an endpoint; it gets every event recorded from now on that it wants. Its secret is shown this once. */
export async function addEndpoint(
  { db, clock, ring, config }: Needs,
  { url, events, description }: EndpointInput,
): Promise<{ endpoint: EndpointView; secret: string }> {
  refuseWrong(config, { url, events })
  const uid = hexToken(12)
  const secret = newWebhookSecret()
  const now = iso(clock.now())
  const row = await insertEndpoint(db, {
    uid,
    url,
    description,
    event_filter: JSON.stringify(events),
    secret_sealed: sealSecret(ring, uid, secret),
    created_at: now,
    updated_at: now,
  })
  return { endpoint: view(row), secret }
}

/** Gives an endpoint another address, filter or description. */
export async function changeEndpoint(
  { db, clock, config }: Needs,
  uid: string,
  { url, events, description }: Partial<EndpointInput>,
): Promise<EndpointView> {
  refuseWrong(config, { url, events })
  return changed(db, uid, {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { event_filter: JSON.stringify(events) }),
    ...(description === undefined ? {} : { description }),
    updated_at: iso(clock.now()),
  })
}

/** Gives an endpoint a new secret; the former one signs as well for a day, so that the receiver can change over. */
export async function rotateEndpointSecret({ db, clock, ring }: Needs, uid: string): Promise<{ secret: string }> {
  const secret = newWebhookSecret()
  await db.transaction().execute(async (tx) => {
    const endpoint = await findEndpoint(tx, uid)
    if (!endpoint) throw errors.notFound()
    await updateEndpoint(tx, uid, {
      secret_sealed: sealSecret(ring, uid, secret),
      previous_secret_sealed: endpoint.secret_sealed,
      previous_secret_expires_at: iso(clock.now() + OVERLAP),
      updated_at: iso(clock.now()),
    })
  })
  return { secret }
}

/** Switches an endpoint on or off. What is open for it waits meanwhile; events recorded meanwhile are not for it. */
export async function switchEndpoint({ db, clock }: Needs, uid: string, on: boolean): Promise<EndpointView> {
  const now = iso(clock.now())
  return changed(db, uid, { disabled_at: on ? null : now, updated_at: now })
}

/** Removes an endpoint with what is open for it and the log of its deliveries. */
export async function removeEndpoint({ db }: Pick<Needs, 'db'>, uid: string): Promise<void> {
  if (!(await deleteEndpoint(db, uid))) throw errors.notFound()
}

/** Every endpoint, oldest first. */
export const readEndpoints = async ({ db }: Pick<Needs, 'db'>): Promise<EndpointView[]> =>
  (await listEndpoints(db)).map(view)

async function changed(
  db: Needs['db'],
  uid: string,
  patch: Parameters<typeof updateEndpoint>[2],
): Promise<EndpointView> {
  const row = await updateEndpoint(db, uid, patch)
  if (!row) throw errors.notFound()
  return view(row)
}

function refuseWrong(
  config: Needs['config'],
  { url, events }: { url?: string | undefined; events?: readonly string[] | undefined },
): void {
  const problem = url === undefined ? undefined : endpointUrlProblem(url, webhookSettings(config))
  if (problem !== undefined) throw errors.url({ body: { error: `URL ${problem}` } })
  if (events === undefined) return
  if (events.length === 0) throw errors.events({ body: { error: 'Events are empty' } })
  const useless = uselessPattern(events)
  if (useless !== undefined) throw errors.events({ body: { error: `There is no event ${useless}` } })
}

const view = ({ uid, url, event_filter, description, disabled_at, created_at }: WebhookEndpoint): EndpointView => ({
  uid,
  url,
  events: JSON.parse(event_filter),
  description,
  disabled_at,
  created_at,
})
