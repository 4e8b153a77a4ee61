import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { uuid } from '../../lib/ids.ts'
import type { WebhookEndpoint } from '../../platform/db/schema.ts'
import type { Outcome } from '../../platform/events/destinations.ts'
import { postWebhook, webhookSettings } from '../../platform/events/webhooks.ts'
import { audit } from '../audit/audit.ts'
import type { TestOutcome } from './schema.ts'
import { findEndpoint } from './store.ts'

const errors = defineErrors('webhooks', { notFound: [404, 'Webhook endpoint is not found'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'config'>

/** No event has this name, so a receiver that heeds the type does nothing. */
const TYPE = 'webhook.test'

/** Posts a signed message that tells nothing, whether the endpoint is switched on or not, and tells how it was answered. */
export async function testEndpoint(needs: Needs, uid: string): Promise<TestOutcome> {
  const id = uuid()
  const endpoint = await needs.db.transaction().execute(async (tx) => {
    const found = await findEndpoint(tx, uid)
    if (!found) throw errors.notFound()
    await audit(needs, tx, { action: 'webhook.tested', account_id: null, details: { webhook: uid, url: found.url } })
    return found
  })
  const started = performance.now()
  const outcome = await send(needs, endpoint, id)
  return {
    id,
    delivered: outcome.delivered,
    status: outcome.status ?? null,
    error: outcome.delivered ? null : outcome.error,
    duration_ms: Math.round(performance.now() - started),
  }
}

async function send(needs: Needs, endpoint: WebhookEndpoint, id: string): Promise<Outcome> {
  const message = { id, type: TYPE, timestamp: iso(needs.clock.now()), payload: { uid: endpoint.uid } }
  try {
    return await postWebhook({ ...needs, webhooks: webhookSettings(needs.config) }, endpoint, message)
  } catch (error) {
    return { delivered: false, error: error instanceof Error ? error.message : String(error) }
  }
}
