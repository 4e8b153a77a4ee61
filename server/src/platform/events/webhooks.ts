import { type Clock, HOUR, MINUTE, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import type { Config } from '../config/config.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { WebhookEndpoint } from '../db/schema.ts'
import { allowing } from '../http-client/addresses.ts'
import { type Guard, guardedPost } from '../http-client/guarded-request.ts'
import { backOff } from './back-off.ts'
import type { Destination, Outcome } from './destinations.ts'
import { webhookDestinationName } from './endpoints.ts'
import { webhookHeaders } from './standard-webhooks.ts'

export interface WebhookSettings {
  guard: Guard
  /** Days after which a delivery that keeps failing is given up. */
  retry_days: number
}

/** The rules for endpoints, as configured. */
export const webhookSettings = ({ values, production }: Config): WebhookSettings => ({
  retry_days: values.WEBHOOK_RETRY_DAYS,
  guard: {
    https_only: production,
    allowed: allowing(values.WEBHOOK_ALLOWED_NETWORKS),
    timeout: values.WEBHOOK_TIMEOUT * SECOND,
  },
})

interface Needs {
  clock: Clock
  ring: KeyRing
  webhooks: WebhookSettings
}

/** An endpoint as a destination. */
export function webhookDestination(needs: Needs, endpoint: WebhookEndpoint): Destination {
  return {
    name: webhookDestinationName(endpoint),
    kind: 'webhook',
    width: 8,
    claim: needs.webhooks.guard.timeout + 20 * SECOND,
    patience: 5,
    longest_pause: 5 * MINUTE,
    backOff: (attempts) => backOff(attempts, 5 * SECOND, 4, 12 * HOUR),
    send: ({ id, name, created_at, payload }) =>
      postWebhook(needs, endpoint, { id, type: name, timestamp: created_at, payload }),
  }
}

/** What an endpoint receives: Standard Webhooks' `type`, `timestamp` and `data`. */
interface Post {
  id: string
  type: string
  /** ISO 8601. */
  timestamp: string
  payload: Record<string, unknown>
}

/** Seals an endpoint's secret for the database. */
export const sealSecret = (ring: KeyRing, uid: string, secret: string): string =>
  ring.seal('webhook-secret', uid, secret)

/** Posts one signed message to an endpoint. */
export async function postWebhook(
  { clock, ring, webhooks }: Needs,
  endpoint: WebhookEndpoint,
  { id, type, timestamp, payload }: Post,
): Promise<Outcome> {
  const body = JSON.stringify({ type, timestamp, data: payload })
  const now = clock.now()
  const signed = webhookHeaders({ id, timestamp: seconds(now), body }, secretsOf(ring, endpoint, now))
  const headers = { 'content-type': 'application/json', 'user-agent': 'Barong-Webhooks/1.0', ...signed }
  const reply = await guardedPost(endpoint.url, headers, body, webhooks.guard)
  if (reply.status >= 200 && reply.status < 300) return { delivered: true, status: reply.status }
  return {
    delivered: false,
    status: reply.status,
    error: `Answered ${reply.status}`,
    retry_after: retryAfter(reply.headers['retry-after']),
    ...(reply.status === 410 && { gone: endpoint.url }),
  }
}

function secretsOf(ring: KeyRing, endpoint: WebhookEndpoint, now: number): string[] {
  const { uid, secret_sealed, previous_secret_sealed, previous_secret_expires_at } = endpoint
  const open = (sealed: string) => ring.open('webhook-secret', uid, sealed).toString()
  const previous =
    previous_secret_sealed !== null && previous_secret_expires_at !== null && parseIso(previous_secret_expires_at) > now
      ? [open(previous_secret_sealed)]
      : []
  return [open(secret_sealed), ...previous]
}

const LONGEST_WAIT = HOUR

/** Milliseconds of a Retry-After in seconds (RFC 9110, section 10.2.3), an hour at most; its date form is not heeded. */
function retryAfter(header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Math.min(LONGEST_WAIT, Number(header) * SECOND) : 0
}
