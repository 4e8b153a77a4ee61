import type { Deps } from '../../deps.ts'
import { DAY, iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { WebhookEndpoint } from '../../platform/db/schema.ts'
import { newWebhookSecret } from '../../platform/events/standard-webhooks.ts'
import { sealSecret, webhookSettings } from '../../platform/events/webhooks.ts'
import { type Action, audit } from '../audit/audit.ts'
import { endpointUrlProblem, uselessPattern } from './endpoint-rules.ts'
import type { EndpointView } from './schema.ts'
import {
  countUndelivered,
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  updateEndpoint,
} from './store.ts'

export type { EndpointView } from './schema.ts'
export { findEndpoint } from './store.ts'
export { testEndpoint } from './test-delivery.ts'

const errors = defineErrors('webhooks', {
  notFound: [404, 'Webhook endpoint is not found'],
  url: [422, 'URL is invalid'],
  events: [422, 'Events are invalid'],
  tooMany: [422, 'There are 100 webhook endpoints already; remove one first'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'config'>

/** Endpoints, each of which is looked at for each event, and which are shown all at once. */
const MOST = 100
/** For how long after a rotation the former secret signs as well. */
const OVERLAP = DAY

/** What an operator says of an endpoint; in `events` a * stands for any text. */
export interface EndpointInput {
  url: string
  events: readonly string[]
  description: string
}

/** Adds an endpoint; it gets every event recorded from now on that it wants. Its secret is shown this once. */
export async function addEndpoint(
  needs: Needs,
  { url, events, description }: EndpointInput,
): Promise<{ endpoint: EndpointView; secret: string }> {
  await refuseWrong(needs.config, { url, events })
  const uid = hexToken(12)
  const secret = newWebhookSecret()
  const now = iso(needs.clock.now())
  const row = await needs.db.transaction().execute(async (tx) => {
    if ((await listEndpoints(tx)).length >= MOST) throw errors.tooMany()
    const made = await insertEndpoint(tx, {
      uid,
      url,
      description,
      event_filter: JSON.stringify(events),
      secret_sealed: sealSecret(needs.ring, uid, secret),
      created_at: now,
      updated_at: now,
    })
    await note(needs, tx, 'webhook.created', made)
    return made
  })
  return { endpoint: viewOf(row), secret }
}

/** What can be changed of an endpoint. Switched off, what is open for it waits, and events recorded meanwhile are not for it. */
export type EndpointChange = Partial<EndpointInput> & { enabled?: boolean | undefined }

/** Gives an endpoint another address, filter or description, or switches it on or off. */
export async function changeEndpoint(
  needs: Needs,
  uid: string,
  { url, events, description, enabled }: EndpointChange,
): Promise<EndpointView> {
  await refuseWrong(needs.config, { url, events })
  const now = iso(needs.clock.now())
  return needs.db.transaction().execute(async (tx) => {
    const before = await endpointOf(tx, uid)
    const after = await updateEndpoint(tx, uid, {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { event_filter: JSON.stringify(events) }),
      ...(description === undefined ? {} : { description }),
      ...(enabled === undefined ? {} : { disabled_at: enabled ? null : (before.disabled_at ?? now) }),
      updated_at: now,
    })
    await note(needs, tx, 'webhook.changed', after, { events: after.event_filter, on: after.disabled_at === null })
    return viewOf(after)
  })
}

/** Gives an endpoint a new secret; the former one signs as well for a day, so that the receiver can change over. */
export async function rotateEndpointSecret(needs: Needs, uid: string): Promise<{ secret: string }> {
  const { db, clock, ring } = needs
  const secret = newWebhookSecret()
  await db.transaction().execute(async (tx) => {
    const endpoint = await endpointOf(tx, uid)
    await updateEndpoint(tx, uid, {
      secret_sealed: sealSecret(ring, uid, secret),
      previous_secret_sealed: endpoint.secret_sealed,
      previous_secret_expires_at: iso(clock.now() + OVERLAP),
      updated_at: iso(clock.now()),
    })
    await note(needs, tx, 'webhook.secret_rotated', endpoint)
  })
  return { secret }
}

/** Removes an endpoint with what is open for it and the log of its deliveries. */
export async function removeEndpoint(needs: Pick<Needs, 'db' | 'clock'>, uid: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const endpoint = await endpointOf(tx, uid)
    await deleteEndpoint(tx, uid)
    await note(needs, tx, 'webhook.deleted', endpoint)
  })
}

/** How many deliveries wait for the endpoint or are dead letters: what goes with it unsent. */
export const countUnsent = async ({ db }: Pick<Needs, 'db'>, uid: string): Promise<number> =>
  countUndelivered(db, (await endpointOf(db, uid)).id)

/** Every endpoint, oldest first. */
export const readEndpoints = async ({ db }: Pick<Needs, 'db'>): Promise<EndpointView[]> =>
  (await listEndpoints(db)).map(viewOf)

/** The endpoint of that uid; 404 when there is none. */
export const readEndpoint = async ({ db }: Pick<Needs, 'db'>, uid: string): Promise<EndpointView> =>
  viewOf(await endpointOf(db, uid))

async function endpointOf(db: Needs['db'], uid: string): Promise<WebhookEndpoint> {
  const endpoint = await findEndpoint(db, uid)
  if (!endpoint) throw errors.notFound()
  return endpoint
}

const note = (
  needs: Pick<Needs, 'clock'>,
  tx: Tx,
  action: Action,
  { uid, url }: WebhookEndpoint,
  more: Record<string, string | boolean> = {},
): Promise<void> => audit(needs, tx, { action, account_id: null, details: { webhook: uid, url, ...more } })

async function refuseWrong(
  config: Needs['config'],
  { url, events }: { url?: string | undefined; events?: readonly string[] | undefined },
): Promise<void> {
  const problem = url === undefined ? undefined : await endpointUrlProblem(url, webhookSettings(config))
  if (problem !== undefined) throw errors.url({ body: { error: `URL ${problem}` } })
  if (events === undefined) return
  if (events.length === 0) throw errors.events({ body: { error: 'Events are empty' } })
  const useless = uselessPattern(events)
  if (useless !== undefined) throw errors.events({ body: { error: `There is no event ${useless}` } })
}

const viewOf = ({
  uid,
  url,
  event_filter,
  description,
  disabled_at,
  created_at,
  updated_at,
}: WebhookEndpoint): EndpointView => ({
  uid,
  url,
  events: JSON.parse(event_filter),
  description,
  disabled_at,
  created_at,
  updated_at,
})
