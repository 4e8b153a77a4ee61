import { createHmac, randomBytes } from 'node:crypto'

// Standard Webhooks 1.0: https://www.standardwebhooks.com

const PREFIX = 'whsec_'
const BYTES = 32

/** A fresh secret of 256 bits: `whsec_` and base64. */
export const newWebhookSecret = (): string => PREFIX + randomBytes(BYTES).toString('base64')

/** The headers that identify and sign a delivery, one signature for each secret that is in force. */
export function webhookHeaders(
  { id, timestamp, body }: { id: string /** Seconds since 1970. */; timestamp: number; body: string },
  secrets: readonly string[],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': secrets.map((secret) => signature(secret, `${id}.${timestamp}.${body}`)).join(' '),
  }
}

function signature(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`
}
