import { SECOND } from '../../lib/clock.ts'
import type { Destination, Outcome, OutgoingEvent } from './destinations.ts'

export interface MemoryBroker extends Destination, AsyncDisposable {
  /** What was delivered, oldest first. */
  sent: OutgoingEvent[]
  /** Decides what becomes of an event; everything is delivered unless it is replaced. */
  answer(event: OutgoingEvent): Promise<Outcome>
}

/** A broker that keeps what it gets, for tests. */
export function memoryBroker(overrides: Partial<Destination> = {}): MemoryBroker {
  const sent: OutgoingEvent[] = []
  const broker: MemoryBroker = {
    name: 'rabbitmq',
    kind: 'rabbitmq',
    width: 200,
    claim: 30 * SECOND,
    patience: 1,
    longest_pause: 30 * SECOND,
    backOff: () => SECOND,
    sent,
    answer: async () => ({ delivered: true }),
    send: async (event) => {
      const outcome = await broker.answer(event)
      if (outcome.delivered) sent.push(event)
      return outcome
    },
    [Symbol.asyncDispose]: async () => {},
    ...overrides,
  }
  return broker
}
