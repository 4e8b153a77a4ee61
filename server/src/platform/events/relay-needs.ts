import type { Logger } from 'pino'
import type { Clock } from '../../lib/clock.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import type { Db } from '../db/db.ts'
import type { Destination } from './destinations.ts'
import type { MailMessage, Outbox, Reader, SmsMessage } from './outbox.ts'
import type { WebhookSettings } from './webhooks.ts'

/** How mails and SMS leave; rejecting means: try again later. `id` is the same at every attempt. */
export interface Channels {
  mail(id: string, message: MailMessage & Reader): Promise<void>
  sms(id: string, message: SmsMessage & Reader): Promise<void>
}

export interface RelayNeeds {
  db: Db
  clock: Clock
  ring: KeyRing
  log: Logger
  outbox: Outbox
  channels: Channels
  /** Destinations that get every event. */
  brokers: readonly Destination[]
  webhooks: WebhookSettings
  /** Is told of every attempt and how long it took, in milliseconds. */
  observe(kind: 'mail' | 'sms' | Destination['kind'], result: 'delivered' | 'failed' | 'given_up', ms: number): void
}
