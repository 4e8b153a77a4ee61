import type { Mail, MailTransport } from './mail.ts'

/** Keeps every mail in `sent`, oldest first, and delivers nothing. */
export function memoryMail(): MailTransport & { sent: Mail[] } {
  const sent: Mail[] = []
  return {
    sent,
    async send(mail) {
      sent.push({ ...mail })
    },
    async [Symbol.asyncDispose]() {},
  }
}
