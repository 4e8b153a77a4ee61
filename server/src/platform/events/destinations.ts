import type { EventName } from './definitions.ts'

/** An event as it leaves; `id` is the same at every attempt and for every destination. */
export interface OutgoingEvent {
  id: string
  name: EventName
  /** Whom it concerns; never told outside. */
  account_id: number | null
  payload: Record<string, unknown>
  /** When it was recorded, ISO 8601. */
  created_at: string
}

/** How an attempt ended. A status is one of HTTP. */
export type Outcome =
  | { delivered: true; status?: number; note?: string }
  | {
      delivered: false
      error: string
      status?: number
      /** Milliseconds the receiver asks us to wait. */
      retry_after?: number
      /** The receiver at this URL wants nothing more, ever. */
      gone?: string
    }

/** Somewhere events go. Rejecting counts as a failure. */
export interface Destination {
  /** As in `deliveries.destination`. */
  readonly name: string
  readonly kind: 'rabbitmq' | 'webhook'
  /** How many events, each of another account, may be under way at once. */
  readonly width: number
  /** Milliseconds for which a claim holds; longer than an attempt can take. */
  readonly claim: number
  /** How many failures in a row, without any success, mean that the receiver is down. */
  readonly patience: number
  /** Longest pause in milliseconds between two attempts to reach a receiver that is down. */
  readonly longest_pause: number
  /** Milliseconds until a failed event is due again, after so many attempts; 0 leaves the pace to the pauses. */
  backOff(attempts: number): number
  send(event: OutgoingEvent): Promise<Outcome>
}
