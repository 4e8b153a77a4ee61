import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import { revokeSessions } from './store.ts'

/** Signs an account out everywhere, but for the session of the token `except`. */
export async function endSessions(
  { clock, outbox }: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  except?: string,
): Promise<void> {
  await recordRevoked(outbox, tx, account, await revokeSessions(tx, account.id, iso(clock.now()), except))
}
