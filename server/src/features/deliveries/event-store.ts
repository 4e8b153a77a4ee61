import type { Db } from '../../platform/db/db.ts'
import type { Row } from '../../platform/db/schema.ts'

/** Events of the log that were recorded from `since` on and before `until`, in their order, with ids above `after`. */
export function listEvents(db: Db, { since, until }: { since: string; until: string }, after: number, limit: number) {
  return db
    .selectFrom('events')
    .select(['id', 'account_id', 'name'])
    .where('created_at', '>=', since)
    .where('created_at', '<', until)
    .where('fanned_out_at', 'is not', null)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** What is looked for in the log of events. Times are ISO 8601; `since` is inclusive, `until` is not. */
export interface EventFilter {
  /** Whom it concerns, by uid. */
  account?: string | undefined
  name?: string | undefined
  since?: string | undefined
  until?: string | undefined
}

/** An event of the log without what it says. */
export type LoggedEvent = Pick<
  Row<'events'>,
  'id' | 'message_id' | 'name' | 'account_id' | 'created_at' | 'fanned_out_at'
> & {
  account_uid: string | null
}

/** Events that match, newest first, with ids below `before`. */
export function listEventLog(
  db: Db,
  { account, name, since, until }: EventFilter,
  { before, limit }: { before?: number | undefined; limit: number },
): Promise<LoggedEvent[]> {
  let query = logged(db)
  if (account !== undefined) query = query.where('accounts.uid', '=', account)
  if (name !== undefined) query = query.where('events.name', '=', name)
  if (since !== undefined) query = query.where('events.created_at', '>=', since)
  if (until !== undefined) query = query.where('events.created_at', '<', until)
  if (before !== undefined) query = query.where('events.id', '<', before)
  return query.orderBy('events.id', 'desc').limit(limit).execute()
}

export function findEvent(db: Db, id: number): Promise<LoggedEvent | undefined> {
  return logged(db).where('events.id', '=', id).executeTakeFirst()
}

/** How many deliveries of each event wait, were made, and were given up. */
export function countDeliveries(db: Db, event_ids: readonly number[]) {
  return db
    .selectFrom('deliveries')
    .select(({ fn }) => [
      'event_id',
      fn.count<number>('delivered_at').as('delivered'),
      fn.count<number>('failed_at').as('dead'),
      fn.countAll<number>().as('all'),
    ])
    .where('event_id', 'in', event_ids)
    .groupBy('event_id')
    .execute()
}

/** Mails and SMS that have not left: those that wait, or those that were given up, oldest first. */
export function listMessages(db: Db, dead: boolean, after: number, limit: number) {
  return db
    .selectFrom('outbox')
    .leftJoin('accounts', 'accounts.id', 'outbox.account_id')
    .select([
      'outbox.id',
      'outbox.message_id',
      'outbox.channel',
      'outbox.topic',
      'outbox.created_at',
      'outbox.attempts',
      'outbox.next_attempt_at',
      'outbox.last_error',
      'outbox.failed_at',
      'accounts.uid as account_uid',
    ])
    .where('outbox.failed_at', dead ? 'is not' : 'is', null)
    .where('outbox.id', '>', after)
    .orderBy('outbox.id')
    .limit(limit)
    .execute()
}

const logged = (db: Db) =>
  db
    .selectFrom('events')
    .leftJoin('accounts', 'accounts.id', 'events.account_id')
    .select([
      'events.id',
      'events.message_id',
      'events.name',
      'events.account_id',
      'events.created_at',
      'events.fanned_out_at',
      'accounts.uid as account_uid',
    ])
