import type { Deps } from '../deps.ts'
import {
  dropDeadDeliveries,
  dropDeadMessages,
  listMessages,
  readDeliveries,
  readHealth,
  replayDead,
  replayDelivery,
  replayEvents,
} from '../features/deliveries/deliveries.ts'
import { iso, parseIso } from '../lib/clock.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { say } from './output.ts'

const SHOWN = 100

const options = {
  dead: { type: 'boolean', default: false },
  events: { type: 'boolean', default: false },
  delivery: { type: 'string' },
  to: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  yes: { type: 'boolean', default: false },
} as const

/** `barong event …`: how deliveries fare, and sending again. */
export const event: Command = {
  summary: 'Show how deliveries fare, list what was given up, send it again or drop it',
  usage: [
    'event status',
    'event dead',
    'event drop [--events] [--to rabbitmq|UID] --yes',
    'event replay --dead [--to rabbitmq|UID]',
    'event replay --delivery ID',
    'event replay --to rabbitmq|UID --since TIME [--until TIME]',
  ],
  run: async (args) => {
    const { words, values } = readArguments(args, options, 1)
    const [action = 'status'] = words
    if (action === 'replay') {
      const replay = replayOf(values)
      await using deps = await wire(loadConfig(processEnvironment()))
      say(await replay(deps))
    } else if (action === 'drop') {
      const isOfEvents = values.events || values.to !== undefined
      const what = isOfEvents ? 'Deliveries of events' : 'Mails and SMS'
      if (!values.yes) throw new UsageError(`${what} that were given up are dropped for good: add --yes.`)
      await using deps = await wire(loadConfig(processEnvironment()))
      const count = await (isOfEvents ? dropDeadDeliveries(deps, values.to) : dropDeadMessages(deps))
      say(`${count} are dropped.`)
    } else if (action === 'status' || action === 'dead') {
      await using deps = await wire(loadConfig(processEnvironment()))
      const lines = await (action === 'dead' ? deadLines(deps) : statusLines(deps))
      for (const line of lines) say(line)
      if (lines.length === 0)
        say(action === 'dead' ? 'Nothing was given up.' : 'Nothing waits, and nothing was given up.')
    } else {
      throw new UsageError(`There is no \`event ${action}\`.`)
    }
  },
}

interface Replay {
  dead: boolean
  delivery?: string | undefined
  to?: string | undefined
  since?: string | undefined
  until?: string | undefined
}

function replayOf({ dead, delivery, to, since, until }: Replay): (deps: Deps) => Promise<string> {
  const ways = [dead, delivery !== undefined, since !== undefined || until !== undefined]
  if (ways.filter((way) => way).length > 1 || (delivery !== undefined && to !== undefined))
    throw new UsageError('Say one thing: --dead with or without --to, --delivery alone, or --to and --since.')
  if (dead)
    return async (deps) =>
      sent(await replayDead(deps, to), 'nothing of it was given up; `barong event dead` lists what was')
  if (delivery !== undefined) {
    if (!/^\d{1,15}$/.test(delivery)) throw new UsageError('--delivery is the number of a delivery.')
    return async (deps) => {
      await replayDelivery(deps, Number(delivery))
      return 'It is sent again.'
    }
  }
  if (to === undefined || since === undefined)
    throw new UsageError('Say what: --dead, --delivery, or --to and --since.')
  const from = instant(since)
  const end = until === undefined ? undefined : instant(until)
  return async (deps) => {
    const count = await replayEvents(deps, to, { since: from, until: end ?? iso(deps.clock.now()) })
    return sent(count, 'the log has no event of that time that this destination wants')
  }
}

const sent = (count: number, otherwise: string): string =>
  count === 0 ? `Nothing is sent again: ${otherwise}.` : `${count} are sent again.`

/** Of each kind what there is, and of each destination of events also that there is nothing. */
async function statusLines(deps: Deps): Promise<string[]> {
  const { kinds, destinations } = await readHealth(deps)
  return [
    ...kinds.map((kind) => `${kind.kind.padEnd(9)}  ${toldOf(kind)}`),
    ...destinations.map(({ destination, url, disabled_at, ...figures }) =>
      [destination, url, toldOf(figures), disabled_at && `switched off since ${disabled_at}`]
        .filter(Boolean)
        .join('  '),
    ),
  ]
}

interface Figures {
  waiting: number
  lag_seconds: number
  dead: number
}

const toldOf = ({ waiting, lag_seconds, dead }: Figures): string =>
  `${waiting} waiting, the oldest for ${lag_seconds} s; ${dead} given up`

async function deadLines(deps: Deps): Promise<string[]> {
  const deliveries = await readDeliveries(deps, { state: 'dead' }, { limit: SHOWN })
  const messages = await listMessages(deps.db, true, 0, SHOWN)
  return [
    ...deliveries.map(({ id, name, destination, failed_at, last_error }) => [
      id,
      name,
      destination,
      failed_at,
      last_error,
    ]),
    // Not by a number: --delivery takes those of events alone.
    ...messages.map(({ message_id, topic, channel, failed_at, last_error }) => [
      message_id,
      topic,
      channel,
      failed_at,
      last_error,
    ]),
  ].map((line) => line.join('  '))
}

function instant(text: string): string {
  const ms = parseIso(text)
  if (Number.isNaN(ms)) throw new UsageError(`"${text}" is no ISO 8601 time, such as 2026-01-31T12:00:00Z.`)
  return iso(ms)
}
