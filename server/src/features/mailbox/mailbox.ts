import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import type { MailTransport } from '../../platform/mail/mail.ts'
import type { SmsTransport } from '../../platform/sms/sms.ts'
import { insertMailboxMessage } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock'>

/** Keeps mails in the local mailbox instead of sending them. */
export const mailboxMail = ({ db, clock }: Needs): MailTransport => ({
  send: ({ id, to, subject, text, html }) =>
    insertMailboxMessage(db, {
      message_id: id,
      channel: 'mail',
      recipient: to,
      subject,
      text,
      html,
      created_at: iso(clock.now()),
    }),
  [Symbol.asyncDispose]: async () => {},
})

/** Keeps SMS in the local mailbox instead of sending them. */
export const mailboxSms = ({ db, clock }: Needs): SmsTransport => ({
  send: ({ id, to, text }) =>
    insertMailboxMessage(db, {
      message_id: id,
      channel: 'sms',
      recipient: to,
      subject: '',
      text,
      html: '',
      created_at: iso(clock.now()),
    }),
  [Symbol.asyncDispose]: async () => {},
})
