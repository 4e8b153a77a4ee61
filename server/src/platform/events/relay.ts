import { SECOND } from '../../lib/clock.ts'
import { createDeliverer } from './deliver.ts'
import { createDispatcher } from './dispatcher.ts'
import { fanOut } from './fan-out.ts'
import { createLoop } from './loop.ts'
import type { RelayNeeds } from './relay-needs.ts'
import { sendDue } from './sendings.ts'

/** The outbox's way out: mails, SMS, and events to brokers and webhooks, each at its own pace. */
export interface Relay extends AsyncDisposable {
  /** Delivers from now on until disposed of; any number of processes may do so on one database. */
  start(): void
  /** Delivers what is due now and returns how much left; for tests and for shutting down. */
  drain(): Promise<number>
}

const REST = SECOND

/** Rests until it is started. */
export function createRelay(needs: RelayNeeds): Relay {
  const { log } = needs
  const deliver = createDeliverer(needs)
  const dispatcher = createDispatcher(needs, deliver)
  const mails = createLoop(() => sendDue(needs, 'mail'), { name: 'mails', rest: REST, log })
  const sms = createLoop(() => sendDue(needs, 'sms'), { name: 'SMS', rest: REST, log })
  const deliveries = createLoop(() => dispatcher.dispatch(), { name: 'deliveries', rest: REST, log })
  const events = createLoop(
    async () => {
      const { deliveries: written, more } = await fanOut(needs)
      if (written > 0) deliveries.wake()
      return more ? 1 : 0
    },
    { name: 'events', rest: REST, log },
  )
  const loops = [mails, sms, events, deliveries]
  needs.outbox.onRecord((kind) => {
    for (const loop of kind === 'events' ? [events] : [mails, sms]) loop.wake()
  })
  return {
    start: () => {
      for (const loop of loops) loop.start()
    },
    drain: async () => {
      let total = 0
      for (;;) {
        const sent = (await sendDue(needs, 'mail')) + (await sendDue(needs, 'sms'))
        const { deliveries: written, more } = await fanOut(needs)
        const settled = await dispatcher.drain()
        total += sent + settled
        if (sent + written + settled === 0 && !more) return total
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(loops.map((loop) => loop[Symbol.asyncDispose]()))
      await dispatcher[Symbol.asyncDispose]()
    },
  }
}
