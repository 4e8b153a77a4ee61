import { type Clock, iso } from '../../lib/clock.ts'
import { uuid } from '../../lib/ids.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Tx } from '../db/db.ts'
import type { MailName } from '../mail/templates.ts'
import type { Event } from './catalogue.ts'

/** What leaves the house: a mail, an SMS, or an event. */
export type Message = MailMessage | SmsMessage | EventMessage

export interface MailMessage {
  channel: 'mail'
  template: MailName
  to: string
  language: string
  variables: Record<string, string>
}

export interface SmsMessage {
  channel: 'sms'
  /** E.164 with its plus sign. */
  to: string
  text: string
}

export interface EventMessage {
  channel: 'event'
  event: Event
}

/** Where behaviours leave what must be sent once their transaction stands. */
export interface Outbox {
  /** Writes the messages into the transaction; they leave after it, in this order, at least once each. */
  record(tx: Tx, account_id: number, ...messages: Message[]): Promise<void>
  /** Is called whenever something was recorded; the relay listens. */
  onRecord(listener: () => void): void
}

/** Payloads are sealed: they carry raw tokens and codes until they are delivered. */
export function createOutbox({ clock, ring }: { clock: Clock; ring: KeyRing }): Outbox {
  const listeners: (() => void)[] = []
  return {
    onRecord: (listener) => {
      listeners.push(listener)
    },
    record: async (tx, account_id, ...messages) => {
      if (messages.length === 0) return
      const now = iso(clock.now())
      const rows = messages.map((message) => {
        const message_id = uuid()
        return {
          message_id,
          account_id,
          channel: message.channel,
          topic: topicOf(message),
          payload_sealed: ring.seal('outbox', message_id, JSON.stringify(message)),
          created_at: now,
          next_attempt_at: now,
        }
      })
      await tx.insertInto('outbox').values(rows).execute()
      for (const listener of listeners) listener()
    },
  }
}

/** Wraps a fact for the outbox. */
export const eventMessage = (event: Event): EventMessage => ({ channel: 'event', event })

function topicOf(message: Message): string {
  if (message.channel === 'mail') return message.template
  if (message.channel === 'event') return message.event.name
  return 'sms'
}
