import { isObject } from '../../lib/json.ts'
import { SmsRefused, type SmsTransport } from './sms.ts'

/** `from` is the sending number (E.164); `base_url` is an origin to call instead of Twilio's; `timeout_ms` is 15 seconds when absent. */
export interface TwilioSettings {
  account_sid: string
  auth_token: string
  from: string
  base_url?: string
  timeout_ms?: number
}

/** Twilio's codes for: no such number, recipient opted out, not a mobile number, text too long. */
const finalCodes = new Set<unknown>([21211, 21610, 21614, 21617])

/**
 * Sends messages through Twilio, whose SDK is loaded here and not before. Rejects with {@link SmsRefused} when the number
 * or the text is at fault; everything else (connection, time-out, credentials, sender, limits, 5xx) may be tried again.
 * Twilio knows no idempotency key, so a retry after a lost answer sends the message a second time.
 */
export async function twilioTransport(settings: TwilioSettings): Promise<SmsTransport> {
  const { account_sid, auth_token, from, base_url, timeout_ms = 15_000 } = settings
  const { default: twilio } = await import('twilio')

  class Http extends twilio.RequestClient {
    override request<Data>(options: Parameters<typeof twilio.RequestClient.prototype.request<Data>>[0]) {
      const { pathname, search } = new URL(options.uri)
      return super.request({
        ...options,
        uri: base_url === undefined ? options.uri : new URL(pathname + search, base_url).href,
      })
    }
  }
  const client = twilio(account_sid, auth_token, { httpClient: new Http({ timeout: timeout_ms }) })

  return {
    async send({ to, text }) {
      try {
        await client.messages.create({ from, to, body: text })
      } catch (error) {
        throw withoutContent(error)
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The SDK's errors quote the number and carry the whole request, credentials included. */
function withoutContent(error: unknown): Error {
  const { status, code } = isObject(error) ? error : {}
  const summary = `Twilio: status ${String(status ?? 'none')}, code ${String(code ?? 'none')}`
  return finalCodes.has(code) ? new SmsRefused(summary) : new Error(summary)
}
