import { SECOND } from '../../lib/clock.ts'
import type { Destination, OutgoingEvent } from './destinations.ts'

/** A broker that keeps what it gets, for tests. */
export function memoryBroker(): Destination & AsyncDisposable & { sent: OutgoingEvent[] } {
  const sent: OutgoingEvent[] = []
  return {
    name: 'rabbitmq',
    kind: 'rabbitmq',
    width: 200,
    claim: 30 * SECOND,
    patience: 1,
    longest_pause: 30 * SECOND,
    backOff: () => SECOND,
    sent,
    send: async (event) => {
      sent.push(event)
      return { delivered: true }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}
