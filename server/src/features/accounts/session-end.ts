import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, AccountFacts } from '../../platform/db/schema.ts'
import { apiKeyUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { noteApiKeyEnded } from '../../platform/events/revocations.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import { audit } from '../audit/audit.ts'
import { notifyOfAccount } from '../notices/notices.ts'
import { deactivateApiKeys, revokeSessions } from './store.ts'

/**
 * Signs an account out everywhere, but for the session of the token `except`. `told`: relying parties know already that
 * everybody's sessions ended which began before then.
 */
export async function endSessions(
  needs: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  except?: string,
  told?: number,
): Promise<void> {
  const ended = await revokeSessions(tx, account.id, iso(needs.clock.now()), except)
  await recordRevoked(needs, tx, account, ended, { everywhere: except === undefined, told })
  if (ended.length === 0) return
  await audit(needs, tx, {
    action: 'session.revoked',
    account_id: account.id,
    details: { sessions: ended.length },
  })
}

/**
 * Ends whatever was opened with what just changed: sessions, refresh tokens and sign-ins at applications, and API keys,
 * whose tokens are exchanged no more until their owner switches them on again. This is the one rule for a password
 * change or reset, a change of the second factor, a ban, a freeze and a discard. The owner of keys that were on is told.
 */
export async function endAccess(
  needs: Pick<Deps, 'clock' | 'outbox' | 'config'>,
  tx: Tx,
  account: AccountFacts,
  except?: string,
): Promise<void> {
  const keys = await endAccessUntold(needs, tx, account, except)
  // Programs that stop are asked about, and the mail about the cause may be read too late, or by nobody.
  if (keys > 0) await notifyOfAccount(needs, tx, account, 'api_keys_switched_off', String(keys))
}

/** The same without a mail; returns how many API keys were switched off. */
export async function endAccessUntold(
  needs: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: AccountFacts,
  except?: string,
): Promise<number> {
  await endSessions(needs, tx, account, except)
  const keys = await deactivateApiKeys(tx, account.id, iso(needs.clock.now()))
  for (const [before, after] of keys) {
    await noteApiKeyEnded(tx, before, needs.clock.now())
    await needs.outbox.record(tx, account.id, eventMessage(apiKeyUpdated(account, before, after)))
    const { uid, state } = after
    await audit(needs, tx, { action: 'api_key.changed', account_id: account.id, details: { uid, state } })
  }
  return keys.length
}
