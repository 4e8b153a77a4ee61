import { parseArgs } from 'node:util'
import {
  deliveryHealth,
  readDeliveries,
  replayDead,
  replayDelivery,
  replayEvents,
} from '../features/deliveries/deliveries.ts'
import { iso, parseIso } from '../lib/clock.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import type { Command } from './command.ts'
import { say } from './output.ts'

const USAGE =
  'event status | event dead | event replay --dead [--to rabbitmq|UID] | event replay --delivery ID | event replay --to rabbitmq|UID --since TIME [--until TIME]'
const SHOWN = 100

/** `barong event …`: how deliveries fare, and sending again. */
export const event: Command = {
  summary: 'Show how deliveries fare, list what was given up, send events again',
  usage: USAGE,
  run: async (args) => {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        dead: { type: 'boolean', default: false },
        delivery: { type: 'string' },
        to: { type: 'string' },
        since: { type: 'string' },
        until: { type: 'string' },
      },
    })
    await using deps = await wire(loadConfig(processEnvironment()))
    const [action] = positionals
    if (action === 'status') {
      for (const { kind, waiting, lag, dead } of await deliveryHealth(deps))
        say(`${kind.padEnd(9)}  ${waiting} waiting, the oldest for ${Math.round(lag / 1000)} s; ${dead} given up`)
    } else if (action === 'dead') {
      for (const { id, name, destination, failed_at, last_error } of await readDeliveries(
        deps,
        { state: 'dead' },
        { limit: SHOWN },
      ))
        say([id, name, destination, failed_at, last_error].join('  '))
    } else if (action === 'replay' && values.dead) {
      say(`${await replayDead(deps, values.to)} are sent again.`)
    } else if (action === 'replay' && values.delivery !== undefined) {
      await replayDelivery(deps, Number(values.delivery))
      say('It is sent again.')
    } else if (action === 'replay' && values.to !== undefined && values.since !== undefined) {
      const span = { since: instant(values.since), until: instant(values.until ?? iso(deps.clock.now())) }
      say(`${await replayEvents(deps, values.to, span)} are sent again.`)
    } else {
      throw new Error(`Say one of: ${USAGE}`)
    }
  },
}

function instant(text: string): string {
  const ms = parseIso(text)
  if (Number.isNaN(ms)) throw new Error(`"${text}" is no ISO 8601 time, such as 2026-01-31T12:00:00Z.`)
  return iso(ms)
}
