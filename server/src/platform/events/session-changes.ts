import type { Clock } from '../../lib/clock.ts'
import type { Tx } from '../db/db.ts'
import type { Account, Session } from '../db/schema.ts'
import { sessionEvent } from './catalogue.ts'
import { eventMessage, type Outbox } from './outbox.ts'
import { noteHolderEnded, noteLateTokensEnded, noteTokensEnded } from './revocations.ts'

/**
 * Tells of an account's tokens that ended before their time: `model.session.revoked` for each, and relying parties by the
 * feed of revocations. `everywhere`: none of the account's goes on. `told`: relying parties know that everybody's ended which
 * began before then. Rows that stand for grants are no tokens.
 */
export async function recordRevoked(
  { clock, outbox }: { clock: Clock; outbox: Outbox },
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  sessions: readonly Session[],
  { everywhere = false, told }: { everywhere?: boolean; told?: number | undefined } = {},
): Promise<void> {
  const tokens = sessions.filter(({ jti, grant_id }) => jti !== grant_id)
  const now = clock.now()
  if (told !== undefined) await noteLateTokensEnded(tx, tokens, told, now)
  else if (everywhere) await noteHolderEnded(tx, account.uid, tokens, now)
  else await noteTokensEnded(tx, tokens, now)
  const events = tokens.map((token) => eventMessage(sessionEvent('revoked', account, token)))
  await outbox.record(tx, account.id, ...events)
}
