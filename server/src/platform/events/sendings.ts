import { DAY, HOUR, iso, parseIso, SECOND } from '../../lib/clock.ts'
import type { Config } from '../config/config.ts'
import { isPostgres } from '../db/db.ts'
import type { Row } from '../db/schema.ts'
import { MailRefused } from '../mail/mail.ts'
import { SmsRefused } from '../sms/sms.ts'
import { backOff } from './back-off.ts'
import type { MailMessage, Reader, SmsMessage } from './outbox.ts'
import type { Channels, RelayNeeds } from './relay-needs.ts'

/** How many of a kind are under way at once. */
const WIDTH = 8
/** A claim lapses after this, so that what a killed process held is soon taken up by another. */
const CLAIM = 10 * SECOND
/** A living process renews its claims this often, however long an attempt takes. */
const RENEWAL = 3 * SECOND
const GIVE_UP_AFTER = 3 * DAY
/** How many that were given up are removed at once. */
const CLEANED = 500

/** Sends what is due of one kind and returns how many left. */
export async function sendDue(needs: RelayNeeds, channel: keyof Channels): Promise<number> {
  const rows = await claim(needs, channel)
  if (rows.length === 0) return 0
  using _kept = keepClaims(needs, rows)
  const sent = await Promise.all(rows.map((row) => send(needs, channel, row)))
  return sent.filter((left) => left).length
}

/** Removes one batch of mails and SMS that were given up so long ago that nobody will send them again; returns how many. */
export async function cleanSendings({ db, clock, config }: Pick<RelayNeeds, 'db' | 'clock'> & { config: Config }) {
  const old = db
    .selectFrom('outbox')
    .select('id')
    .where('failed_at', '<', iso(clock.now() - config.values.EVENTS_KEPT_DAYS * DAY))
    .orderBy('failed_at')
    .limit(CLEANED)
  const { numDeletedRows } = await db.deleteFrom('outbox').where('id', 'in', old).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

async function claim({ db, clock }: RelayNeeds, channel: keyof Channels): Promise<Row<'outbox'>[]> {
  const now = iso(clock.now())
  const due = db
    .selectFrom('outbox')
    .select('id')
    .where('channel', '=', channel)
    .where('failed_at', 'is', null)
    .where('next_attempt_at', '<=', now)
    .where((eb) => eb.or([eb('claimed_until', 'is', null), eb('claimed_until', '<', now)]))
    .orderBy('id')
    .limit(WIDTH)
  const rows = await db
    .updateTable('outbox')
    .set({ claimed_until: iso(clock.now() + CLAIM) })
    .where('id', 'in', isPostgres(db) ? due.forUpdate().skipLocked() : due)
    .returningAll()
    .execute()
  return rows.sort((a, b) => a.id - b.id)
}

function keepClaims({ db, clock, log }: RelayNeeds, rows: readonly Row<'outbox'>[]): Disposable {
  const renew = () =>
    db
      .updateTable('outbox')
      .set({ claimed_until: iso(clock.now() + CLAIM) })
      .where(
        'id',
        'in',
        rows.map(({ id }) => id),
      )
      .where('claimed_until', 'is not', null)
      .execute()
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log.warn({ err: error }, 'Claims could not be renewed; it is tried again'))
  }, RENEWAL)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function send(needs: RelayNeeds, channel: keyof Channels, row: Row<'outbox'>): Promise<boolean> {
  const { db, ring, log, observe } = needs
  const started = performance.now()
  try {
    const message: (MailMessage | SmsMessage) & Reader = JSON.parse(
      ring.open('outbox', row.message_id, row.payload_sealed).toString(),
    )
    if (message.channel === 'mail') await needs.channels.mail(row.message_id, message)
    if (message.channel === 'sms') await needs.channels.sms(row.message_id, message)
  } catch (error) {
    const given_up = await putOff(needs, row, error)
    observe(channel, given_up ? 'given_up' : 'failed', performance.now() - started)
    return false
  }
  await db.deleteFrom('outbox').where('id', '=', row.id).execute()
  observe(channel, 'delivered', performance.now() - started)
  log.debug({ message: row.message_id, channel, topic: row.topic }, 'sent')
  return true
}

/** Returns whether it was given up. */
async function putOff({ db, clock, log }: RelayNeeds, row: Row<'outbox'>, error: unknown): Promise<boolean> {
  const attempts = row.attempts + 1
  const now = clock.now()
  const refused = error instanceof MailRefused || error instanceof SmsRefused
  const failed = refused || now - parseIso(row.created_at) > GIVE_UP_AFTER
  const last_error = error instanceof Error ? error.message.slice(0, 500) : 'unknown'
  const fields = { message: row.message_id, channel: row.channel, topic: row.topic, attempts, err: error }
  if (failed) log.error(fields, 'Sending given up')
  else log.warn(fields, 'Sending failed; it is tried again')
  await db
    .updateTable('outbox')
    .set({
      attempts,
      last_error,
      claimed_until: null,
      next_attempt_at: iso(now + backOff(attempts, SECOND, 2, HOUR)),
      failed_at: failed ? iso(now) : null,
    })
    .where('id', '=', row.id)
    .execute()
  return failed
}
