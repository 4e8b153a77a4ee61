import type Provider from 'oidc-provider'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, SECOND, seconds } from '../../lib/clock.ts'
import { jti } from '../../lib/ids.ts'
import { actAs, whoActs } from '../../platform/acting/acting.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import { sessionEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import { rememberReader } from '../accounts/accounts.ts'
import { openSession } from '../sessions/sessions.ts'
import { digestOf } from './digests.ts'
import { recordAdapter } from './records.ts'
import { findBrowserSession, lockPerson, prolongBrowserSession, renameSession } from './store.ts'
import { endTokens } from './token-end.ts'

const KIND = 'Session'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'outbox'>

/** The engine keeps a browser's sign-in as a record; the row of `sessions` beside it is what its owner sees and ends. */
export function browserSessionAdapter(needs: Needs): Adapter {
  const records = recordAdapter(needs, KIND)
  return {
    ...records,
    upsert: async (id, payload, lifetime = 0) => {
      if (payload.accountId === undefined) return records.upsert(id, payload, lifetime)
      await needs.db.transaction().execute((tx) => keepBrowserSession(needs, tx, id, payload, lifetime))
    },
  }
}

/** Writes down that a browser is signed in, unless the sign-in or the account ended while the request was under way. */
export async function keepBrowserSession(
  needs: Needs,
  tx: Tx,
  id: string,
  payload: AdapterPayload,
  lifetime: number,
): Promise<void> {
  const { accountId = '', uid = '', loginTs = seconds(needs.clock.now()) } = payload
  const account = await lockPerson(tx, accountId)
  if (!account) return
  await rememberReader(tx, account)
  const browser_session = digestOf(KIND, uid)
  const now = needs.clock.now()
  const times = { authenticated_at: iso(loginTs * SECOND), expires_at: iso(now + lifetime * SECOND) }
  const known = await findBrowserSession(tx, browser_session)
  if (known && (known.revoked_at !== null || known.account_id !== account.id)) return
  if (known) await prolongBrowserSession(tx, known.id, times)
  else {
    actAs('person', account.id)
    const { address, user_agent } = whoActs()
    const row = { jti: jti(), account_id: account.id, application_id: null, browser_session, address, user_agent }
    await openSession(needs, tx, account, 'session.created', { ...row, ...times, created_at: iso(now) })
  }
  await recordAdapter({ ...needs, db: tx }, KIND).upsert(id, payload, lifetime)
}

/** Tokens of a browser's pages have another id from now on, and those that they have end. */
export async function renameBrowserTokens(
  { clock, outbox }: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  browser_session: string,
): Promise<void> {
  const row = await findBrowserSession(tx, browser_session)
  if (!row || row.revoked_at !== null) return
  const account = await lockAccount(tx, row.account_id)
  const renamed = { ...row, jti: jti() }
  await renameSession(tx, row.id, renamed.jti)
  await recordRevoked({ clock, outbox }, tx, account, [{ ...row, revoked_at: iso(clock.now()) }])
  await outbox.record(tx, account.id, eventMessage(sessionEvent('created', account, renamed)))
}

/** When the engine ends a browser's sign-in, its row ends, and the tokens that hang on it. */
export function endWithBrowser({ Session }: Provider, needs: Needs): void {
  const { destroy } = Session.prototype
  Session.prototype.destroy = async function (this: InstanceType<Provider['Session']>) {
    // In this order: a request under way sees that the row ended, and does not keep the sign-in after all.
    await endTokens(needs, 'browser_session', digestOf(KIND, this.uid))
    await destroy.call(this)
  }
}

/** Seconds a browser stays signed in from now on: SESSION_INACTIVITY, up to the last moment that the sign-in is good for. */
export function browserLifetime(
  { clock, config }: Pick<Deps, 'clock' | 'config'>,
  loginTs: number | undefined,
): number {
  const { SESSION_INACTIVITY, SESSION_ABSOLUTE_LIFETIME } = config.values
  const now = seconds(clock.now())
  return Math.max(1, Math.min(SESSION_INACTIVITY, (loginTs ?? now) + SESSION_ABSOLUTE_LIFETIME - now))
}
