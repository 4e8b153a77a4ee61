import { type Clock, parseIso } from '../../lib/clock.ts'
import type { Db } from '../db/db.ts'

/** How far behind one kind of delivery is. */
export interface Backlog {
  /** `mail`, `sms`, `rabbitmq`, `webhook`, `fan-out` for events whose destinations are not even known yet; or the name of one destination. */
  kind: string
  /** How many are on their way. */
  waiting: number
  /** Milliseconds since the oldest of them was recorded; 0 when none waits. */
  lag: number
  /** How many were given up. */
  dead: number
}

type Needs = { db: Db; clock: Clock }

/** The state of every kind of delivery; a kind that has never had anything to do is left out. */
export async function backlogs(needs: Needs): Promise<Backlog[]> {
  const { db } = needs
  const [sendings, fanOut, deliveries] = await Promise.all([sendingRows(db), fanOutRow(db), deliveryRows(db)])
  const kinds = deliveries.map((row) => ({ ...row, kind: row.kind.replace(/:.*/, '') }))
  return summed(needs, [...sendings, ...fanOut, ...kinds])
}

/** The state of each destination of events that has something open or dead; its kind is its name, as in `deliveries`. */
export const destinationBacklogs = async (needs: Needs): Promise<Backlog[]> =>
  summed(needs, await deliveryRows(needs.db))

function summed({ clock }: Needs, rows: readonly Part[]): Backlog[] {
  return [...Map.groupBy(rows, (row) => row.kind)].map(([kind, parts]) => ({
    kind,
    waiting: sum(parts.map((part) => (part.dead ? 0 : part.count))),
    lag: Math.max(0, ...parts.map((part) => (part.oldest === null ? 0 : clock.now() - parseIso(part.oldest)))),
    dead: sum(parts.map((part) => (part.dead ? part.count : 0))),
  }))
}

interface Part {
  kind: string
  dead: boolean
  count: number
  oldest: string | null
}

async function sendingRows(db: Db): Promise<Part[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(({ fn, eb }) => [
      'channel',
      eb.case().when('failed_at', 'is', null).then(0).else(1).end().as('dead'),
      fn.countAll<number>().as('count'),
      fn.min('created_at').as('oldest'),
    ])
    .groupBy(['channel', 'dead'])
    .execute()
  return rows.map(({ channel, dead, count, oldest }) => part(channel, dead === 1, count, oldest))
}

async function fanOutRow(db: Db): Promise<Part[]> {
  const row = await db
    .selectFrom('events')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min('created_at').as('oldest')])
    .where('fanned_out_at', 'is', null)
    .executeTakeFirstOrThrow()
  return [part('fan-out', false, row.count, row.oldest)]
}

async function deliveryRows(db: Db): Promise<Part[]> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .select(({ fn, eb }) => [
      'deliveries.destination',
      eb.case().when('deliveries.failed_at', 'is', null).then(0).else(1).end().as('dead'),
      fn.countAll<number>().as('count'),
      fn.min('events.created_at').as('oldest'),
    ])
    .where('deliveries.delivered_at', 'is', null)
    .groupBy(['deliveries.destination', 'dead'])
    .execute()
  return rows.map(({ destination, dead, count, oldest }) => part(destination, dead === 1, count, oldest))
}

const part = (kind: string, dead: boolean, count: number, oldest: string | null): Part => ({
  kind,
  dead,
  count,
  oldest: dead ? null : oldest,
})

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
