import { createHmac } from 'node:crypto'
import { type Clock, seconds, systemClock } from '../../lib/clock.ts'
import { type Sms, SmsRefused, type SmsTransport } from './sms.ts'

/** `secret` is the key of the signature; `timeout_ms` is how long the receiver may take to answer. */
export interface SmsHookSettings {
  url: string
  secret: string
  timeout_ms: number
}

/**
 * Posts every message as JSON, `{"id","to","text"}`, to an address of the operator's, who passes it on as they like.
 *
 * - `Idempotency-Key` is the message's id: the same one again is the same message, to be sent once.
 * - `Barong-Signature` is `t=<t>,v1=<signature>`: `t` are the seconds since 1970 at which it was sent, and the signature is
 *   the lower-case hexadecimal HMAC-SHA256 (RFC 2104), keyed with the secret, of `t`, a full stop and the body's bytes.
 *   Receivers compare it in constant time and refuse a `t` older than a few minutes.
 *
 * 2xx accepts the message and 422 refuses it for good ({@link SmsRefused}). Any other status, redirects included, as they are
 * not followed, a connection that fails and a time-out may be tried again.
 */
export function smsHook({ url, secret, timeout_ms }: SmsHookSettings, clock: Clock = systemClock): SmsTransport {
  return {
    async send({ id, to, text }: Sms) {
      const body = JSON.stringify({ id, to, text })
      const t = seconds(clock.now())
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'Idempotency-Key': id,
          'Barong-Signature': `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout_ms),
      })
      await response.body?.cancel()
      if (response.status === 422) throw new SmsRefused('SMS hook: refused with status 422')
      if (!response.ok) throw new Error(`SMS hook: answered with status ${response.status}`)
    },
    async [Symbol.asyncDispose]() {},
  }
}
