import { sql } from 'kysely'
import { type Clock, iso } from '../../lib/clock.ts'
import { uuid } from '../../lib/ids.ts'
import { whoActs } from '../acting/acting.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { holdsLock, noteLock } from '../db/accounts.ts'
import { isPostgres, type Tx } from '../db/db.ts'
import { preparedInsertBehind } from '../db/prepared.ts'
import type { NewRow } from '../db/schema.ts'
import type { MailName } from '../mail/templates.ts'
import type { SmsName } from '../sms/texts.ts'
import { type Event, withoutTokens } from './catalogue.ts'

/** What leaves the house: a mail, an SMS, or an event. */
type Message = MailMessage | SmsMessage | EventMessage

export interface MailMessage {
  channel: 'mail'
  template: MailName
  to: string
  variables: Record<string, string>
}

export interface SmsMessage {
  channel: 'sms'
  template: SmsName
  /** E.164 with its plus sign. */
  to: string
  variables: Record<string, string>
}

/** Whom a message speaks to: the language they read (BCP 47), and the host they come in by, where it is known. */
export interface Reader {
  language: string
  host: string | null
}

export interface EventMessage {
  channel: 'event'
  event: Event
}

/** What leaves at a pace of its own: mails and SMS, or events. */
type RecordedKind = 'sendings' | 'events'

/** Where behaviours leave what must be sent once their transaction stands. */
export interface Outbox {
  /** Writes the messages into the transaction; they leave after it, at least once each, events of an account in this order. */
  record(tx: Tx, account_id: number | null, ...messages: Message[]): Promise<void>
  /** Is called with what was recorded, whenever something was; the relay listens. */
  onRecord(listener: (kind: RecordedKind) => void): void
}

interface Needs {
  clock: Clock
  ring: KeyRing
  /** Whether events carry the raw tokens that mails carry. */
  tokens: boolean
}

/** Payloads are sealed: they carry tokens, codes and personal data. */
export function createOutbox(needs: Needs): Outbox {
  const listeners: ((kind: RecordedKind) => void)[] = []
  const tell = (kind: RecordedKind) => {
    for (const listener of listeners) listener(kind)
  }
  return {
    onRecord: (listener) => {
      listeners.push(listener)
    },
    record: async (tx, account_id, ...messages) => {
      const sendings = messages.filter((message) => message.channel !== 'event')
      const events = messages.filter((message) => message.channel === 'event').map(({ event }) => event)
      if (sendings.length > 0) {
        await insertSendings(needs, tx, account_id, sendings)
        tell('sendings')
      }
      if (events.length > 0) {
        await insertEvents(needs, tx, account_id, events)
        tell('events')
      }
    },
  }
}

/** Wraps a fact for the outbox. */
export const eventMessage = (event: Event): EventMessage => ({ channel: 'event', event })

async function insertSendings(
  { clock, ring }: Needs,
  tx: Tx,
  account_id: number | null,
  messages: (MailMessage | SmsMessage)[],
): Promise<void> {
  const now = iso(clock.now())
  const reader = await readerOf(tx, account_id)
  const rows = messages.map((message) => {
    const message_id = uuid()
    return {
      message_id,
      account_id,
      channel: message.channel,
      topic: message.channel === 'mail' ? message.template : 'sms',
      payload_sealed: ring.seal('outbox', message_id, JSON.stringify({ ...message, ...reader })),
      created_at: now,
      next_attempt_at: now,
    }
  })
  await tx.insertInto('outbox').values(rows).execute()
}

/** As the account says, else as they tell who are at it; the staff's language is none of theirs. */
async function readerOf(tx: Tx, account_id: number | null): Promise<Reader> {
  const query = tx.selectFrom('accounts').select(['language', 'host'])
  const known = account_id === null ? undefined : await query.where('id', '=', account_id).executeTakeFirst()
  const { actor, language } = whoActs()
  const isTheirs = actor.kind === 'person' || actor.kind === 'stranger'
  return { language: known?.language ?? (isTheirs ? language : undefined) ?? 'en', host: known?.host ?? null }
}

async function insertEvents(
  { clock, ring, tokens }: Needs,
  tx: Tx,
  account_id: number | null,
  events: Event[],
): Promise<void> {
  await queueUp(tx, account_id)
  const rows = events.map((event): NewRow<'events'> => {
    const message_id = uuid()
    const { payload } = tokens ? event : withoutTokens(event)
    return {
      message_id,
      account_id,
      name: event.name,
      payload_sealed: ring.seal('event', message_id, JSON.stringify(payload)),
      created_at: iso(clock.now()),
    }
  })
  const [only, ...more] = rows
  if (only && more.length === 0) {
    await eventInserted(tx, only)
    return
  }
  // Sessions that end together are told in one statement, since the account is locked meanwhile.
  for (let first = 0; first < rows.length; first += EVENTS_AT_ONCE)
    await tx
      .insertInto('events')
      .values(rows.slice(first, first + EVENTS_AT_ONCE))
      .execute()
}

/** Five parameters each, of the 32,766 that SQLite takes. */
const EVENTS_AT_ONCE = 1000

const eventInserted = preparedInsertBehind('insert_event', (tx, event: NewRow<'events'>) =>
  tx.insertInto('events').values(event),
)

const NOBODY = 'barong:events'

/**
 * Lets the transactions that record events of one account commit one after the other, so that the order of the ids is
 * the order in which the changes became true. SQLite lets in one writer at a time anyway.
 */
async function queueUp(tx: Tx, account_id: number | null): Promise<void> {
  if (!isPostgres(tx) || (account_id !== null && holdsLock(tx, account_id))) return
  if (account_id === null) await sql`select pg_advisory_xact_lock(hashtextextended(${NOBODY}, 0))`.execute(tx)
  else await tx.selectFrom('accounts').select('id').where('id', '=', account_id).forNoKeyUpdate().execute()
  if (account_id !== null) noteLock(tx, account_id)
}
