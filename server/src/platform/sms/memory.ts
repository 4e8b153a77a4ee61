import type { Sms, SmsTransport } from './sms.ts'

/** Keeps every message in `sent`, oldest first, and delivers nothing. */
export function memorySms(): SmsTransport & { sent: Sms[] } {
  const sent: Sms[] = []
  return {
    sent,
    async send(sms) {
      sent.push({ ...sms })
    },
    async [Symbol.asyncDispose]() {},
  }
}
