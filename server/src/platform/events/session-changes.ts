import type { Clock } from '../../lib/clock.ts'
import type { Tx } from '../db/db.ts'
import type { Account, Session } from '../db/schema.ts'
import { sessionEvent } from './catalogue.ts'
import { eventMessage, type Outbox } from './outbox.ts'
import { noteHolderEnded, noteTokensEnded } from './revocations.ts'

/**
 * Tells of an account's sessions that ended before their time: `model.session.revoked` for each, and relying parties by
 * the feed of revocations. `everywhere`: none of the account's goes on.
 */
export async function recordRevoked(
  { clock, outbox }: { clock: Clock; outbox: Outbox },
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  sessions: readonly Session[],
  { everywhere = false } = {},
): Promise<void> {
  const now = clock.now()
  await (everywhere ? noteHolderEnded(tx, account.uid, sessions, now) : noteTokensEnded(tx, sessions, now))
  const events = sessions.map((session) => eventMessage(sessionEvent('revoked', account, session)))
  await outbox.record(tx, account.id, ...events)
}
