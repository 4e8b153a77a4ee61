import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import { type Clock, DAY, HOUR, iso, MINUTE, parseIso, SECOND } from '../../lib/clock.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { type Db, isPostgres } from '../db/db.ts'
import type { Row } from '../db/schema.ts'
import { MailRefused } from '../mail/mail.ts'
import { SmsRefused } from '../sms/sms.ts'
import type { EventMessage, MailMessage, Message, Outbox, SmsMessage } from './outbox.ts'

/** How each kind of message leaves; rejecting means: try again later. `id` is the same at every attempt. */
export interface Channels {
  mail(id: string, message: MailMessage): Promise<void>
  sms(id: string, message: SmsMessage): Promise<void>
  event(id: string, message: EventMessage): Promise<void>
}

export interface Relay extends AsyncDisposable {
  /** Delivers from now on until disposed of; any number of processes may do so on one database. */
  start(): void
  /** Delivers what is due now and returns how many messages left; for tests and for shutting down. */
  drain(): Promise<number>
}

export interface RelayNeeds {
  db: Db
  clock: Clock
  ring: KeyRing
  log: Logger
  outbox: Outbox
  channels: Channels
}

const BATCH = 50
/** A claim lapses after this, so that what a killed process held is taken up by another. */
const CLAIM = MINUTE
const IDLE = SECOND
const SETTLE = 20
const GIVE_UP_AFTER = 3 * DAY

/** The outbox's way out. It rests until it is started. */
export function createRelay(needs: RelayNeeds): Relay {
  const stop = new AbortController()
  let ended: Promise<void> | undefined
  return {
    start: () => {
      ended ??= deliverUntil(stop.signal, needs)
    },
    drain: () => drain(needs),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}

async function deliverUntil(stop: AbortSignal, needs: RelayNeeds): Promise<void> {
  let waker = new AbortController()
  needs.outbox.onRecord(() => waker.abort())
  while (!stop.aborted) {
    const delivered = await deliverDue(needs).catch((error: unknown) => {
      needs.log.error({ err: error }, 'The relay could not read the outbox; it tries again')
      return 0
    })
    if (delivered > 0) continue
    await sleep(IDLE, undefined, { signal: AbortSignal.any([stop, waker.signal]) }).catch(() => {})
    waker = new AbortController()
    // What woke us may not have committed yet.
    await sleep(SETTLE, undefined, { signal: stop }).catch(() => {})
  }
}

async function drain(needs: RelayNeeds): Promise<number> {
  let total = 0
  for (let delivered = await deliverDue(needs); delivered > 0; delivered = await deliverDue(needs)) total += delivered
  return total
}

async function deliverDue(needs: RelayNeeds): Promise<number> {
  const rows = await claim(needs)
  let delivered = 0
  for (const row of rows) delivered += (await deliver(needs, row)) ? 1 : 0
  return delivered
}

async function claim({ db, clock }: RelayNeeds): Promise<Row<'outbox'>[]> {
  const now = iso(clock.now())
  const due = db
    .selectFrom('outbox')
    .select('id')
    .where('failed_at', 'is', null)
    .where('next_attempt_at', '<=', now)
    .where((eb) => eb.or([eb('claimed_until', 'is', null), eb('claimed_until', '<', now)]))
    .orderBy('id')
    .limit(BATCH)
  const rows = await db
    .updateTable('outbox')
    .set({ claimed_until: iso(clock.now() + CLAIM) })
    .where('id', 'in', isPostgres(db) ? due.modifyEnd(sql`for update skip locked`) : due)
    .returningAll()
    .execute()
  return rows.sort((a, b) => a.id - b.id)
}

async function deliver(needs: RelayNeeds, row: Row<'outbox'>): Promise<boolean> {
  const { db, ring, log } = needs
  try {
    const message: Message = JSON.parse(ring.open('outbox', row.message_id, row.payload_sealed).toString())
    await send(needs.channels, row.message_id, message)
  } catch (error) {
    await putOff(needs, row, error)
    return false
  }
  await db.deleteFrom('outbox').where('id', '=', row.id).execute()
  log.debug({ message: row.message_id, channel: row.channel, topic: row.topic }, 'delivered')
  return true
}

function send(channels: Channels, id: string, message: Message): Promise<void> {
  if (message.channel === 'mail') return channels.mail(id, message)
  if (message.channel === 'sms') return channels.sms(id, message)
  return channels.event(id, message)
}

async function putOff({ db, clock, log }: RelayNeeds, row: Row<'outbox'>, error: unknown): Promise<void> {
  const attempts = row.attempts + 1
  const now = clock.now()
  const refused = error instanceof MailRefused || error instanceof SmsRefused
  const failed = refused || now - parseIso(row.created_at) > GIVE_UP_AFTER
  const last_error = error instanceof Error ? error.message.slice(0, 500) : 'unknown'
  const fields = { message: row.message_id, channel: row.channel, topic: row.topic, attempts, err: error }
  if (failed) log.error(fields, 'Delivery given up')
  else log.warn(fields, 'Delivery failed; it is tried again')
  await db
    .updateTable('outbox')
    .set({
      attempts,
      last_error,
      claimed_until: null,
      next_attempt_at: iso(now + backOff(attempts)),
      failed_at: failed ? iso(now) : null,
    })
    .where('id', '=', row.id)
    .execute()
}

/** One second, doubled each time up to an hour, with up to a fifth more at random so that failures do not march in step. */
const backOff = (attempts: number): number =>
  Math.min(HOUR, SECOND * 2 ** Math.min(attempts - 1, 12)) * (1 + Math.random() / 5)
