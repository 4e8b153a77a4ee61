import type { Tx } from '../db/db.ts'
import type { Account, Session } from '../db/schema.ts'
import { sessionEvent } from './catalogue.ts'
import { eventMessage, type Outbox } from './outbox.ts'

/** Records `model.session.revoked` for each of an account's sessions that ended before its time. */
export async function recordRevoked(
  outbox: Outbox,
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  sessions: readonly Session[],
): Promise<void> {
  const events = sessions.map((session) => eventMessage(sessionEvent('revoked', account, session)))
  await outbox.record(tx, account.id, ...events)
}
