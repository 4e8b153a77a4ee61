import type { components } from './generated/events.ts'
import { assertWithin } from './numbers.ts'
import { isFields } from './objects.ts'

/** What each event tells, by its name (docs/reference/events.md). */
export type EventData = components['schemas']
export type EventName = keyof EventData

/** An event, as endpoints get it (docs/guides/events.md). */
export interface WebhookEvent {
  /** The same however often it is sent: what was done for it once need not be done again. */
  readonly id: string
  /** Such as `model.account.created`; a newer server may send others. */
  readonly type: EventName | (string & Record<never, never>)
  /** When it happened, ISO 8601. */
  readonly timestamp: string
  readonly data: Readonly<Record<string, unknown>>
}

/** An event of one name, with what it tells. */
export type EventOf<N extends EventName> = WebhookEvent & { readonly type: N; readonly data: EventData[N] }

/** Whether an event is of that name; what it tells has its types then. */
export const isEvent = <N extends EventName>(event: WebhookEvent, name: N): event is EventOf<N> => event.type === name

/** Why a request is no event: answer it with 400, and do nothing. */
export type WebhookRefusal = 'malformed' | 'wrong_time' | 'wrong_signature'

/** Headers as `fetch` and Hono have them, or as Node, Express and Fastify do. */
export type WebhookHeaders = Pick<Headers, 'get'> | Readonly<Record<string, string | readonly string[] | undefined>>

export interface WebhookOptions {
  /** The endpoint's secret, `whsec_…`; both while one takes the other's place. */
  secret: string | readonly string[]
  /** Seconds by which clocks may differ; 300 unless told. */
  tolerance?: number
  /** Milliseconds since 1970; the clock of this machine unless told. */
  now?: () => number
}

/** Reads what endpoints are sent. */
export interface WebhookReader {
  /** `body`: the bytes as they came, before anything parsed them. */
  read(
    headers: WebhookHeaders,
    body: string | Uint8Array,
  ): Promise<{ readonly event: WebhookEvent } | { readonly refused: WebhookRefusal }>
}

/** Verifies webhooks (Standard Webhooks), in Node and wherever else there is WebCrypto. Throws a TypeError for what is no secret. */
export function createWebhookReader({ secret, tolerance = 300, now = Date.now }: WebhookOptions): WebhookReader {
  assertWithin('tolerance', tolerance, { least: 1, most: 3600 })
  const keys = [secret].flat().map(importSecret)
  if (keys.length === 0) throw new TypeError('A webhook needs a secret')
  return {
    read: async (headers, body) => {
      const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headerOf(headers, name))
      if (!id || !timestamp || !signatures || !/^\d{1,12}$/.test(timestamp)) return { refused: 'malformed' }
      if (Math.abs(now() / 1000 - Number(timestamp)) > tolerance) return { refused: 'wrong_time' }
      const bytes = typeof body === 'string' ? encoder.encode(body) : body
      const content = joined(encoder.encode(`${id}.${timestamp}.`), bytes)
      const shown = signatures.split(' ').flatMap(signatureOf)
      for (const key of keys)
        for (const signature of shown) {
          // Compared by WebCrypto, which takes the same time for any.
          if (await crypto.subtle.verify('HMAC', await key, signature, content)) return eventOf(id, bytes)
        }
      return { refused: 'wrong_signature' }
    },
  }
}

const encoder = new TextEncoder()

function joined(start: Uint8Array, end: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(start.length + end.length)
  whole.set(start)
  whole.set(end, start.length)
  return whole
}

function importSecret(secret: string): Promise<CryptoKey> {
  const key = bytesOf(/^whsec_(.{16,})$/.exec(secret)?.[1] ?? '')
  if (!key || key.length === 0) throw new TypeError('The secret of a webhook begins with whsec_')
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const header = `webhook-${name}`
  const value = 'get' in headers && typeof headers.get === 'function' ? headers.get(header) : fieldOf(headers, header)
  return typeof value === 'string' ? value : undefined
}

const fieldOf = (headers: WebhookHeaders, name: string): unknown =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]

function signatureOf(text: string): Uint8Array<ArrayBuffer>[] {
  const bytes = text.startsWith('v1,') ? bytesOf(text.slice(3)) : undefined
  return bytes ? [bytes] : []
}

/** What base64 stands for; `undefined` where it is none. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  } catch {
    return undefined
  }
}

function eventOf(id: string, body: Uint8Array): { event: WebhookEvent } | { refused: 'malformed' } {
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(body))
    if (!isFields(said)) return { refused: 'malformed' }
    const { type, timestamp, data } = said
    if (typeof type !== 'string' || typeof timestamp !== 'string' || !isFields(data)) return { refused: 'malformed' }
    return { event: { id, type, timestamp, data } }
  } catch {
    return { refused: 'malformed' }
  }
}
