import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { isObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, NewRow, Session } from '../../platform/db/schema.ts'
import { sessionEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { audienceOf } from '../duties/duties.ts'
import type { holdsClaim } from '../holds/holds.ts'
import { confirmationOf } from '../key-proofs/key-proofs.ts'
import { type AccessTokenDraft, draftAccessToken } from '../signing-keys/signing-keys.ts'
import { insertSession } from './store.ts'

/** What tokens of sessions are good for. */
const AUDIENCE = ['peatio', 'barong'] as const

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'keys'>

/** What a token of a session is issued for. */
export interface Terms {
  application_id: number
  /** Seconds. */
  lifetime: number
  authenticated_at: string
  /** Thumbprint of the key that it is bound to; null: whoever bears it may use it. */
  jkt: string | null
  /** As they were read along with the account. */
  holds: Awaited<ReturnType<typeof holdsClaim>>
}

/** A token that is being signed while the transaction that makes it true is written to the disk. */
export interface Opened {
  token: Promise<string>
}

/** Begins to sign a token; nobody waits for it where the transaction fails. */
export function beginSigning(draft: AccessTokenDraft): Opened {
  const token = draft.sign()
  token.catch(() => {})
  return { token }
}

/** A token of a session, about to be signed, and the row that it is. */
export async function issue(needs: Needs, tx: Tx, account: Account, terms: Terms) {
  const { application_id, lifetime, authenticated_at, jkt, holds } = terms
  const audience = await audienceOf(needs, tx, account, AUDIENCE)
  const draft = draftAccessToken(needs, account, { audience, lifetime, extra: { ...holds, ...confirmationOf(jkt) } })
  const { jti, issued_at, expires_at } = draft
  const row = {
    jti,
    account_id: account.id,
    application_id,
    authenticated_at,
    jkt,
    created_at: iso(issued_at),
    expires_at: iso(expires_at),
  }
  return { draft, row }
}

/** Issues a further token of a session, which ends with it; begins to sign it. */
export async function issueFurther(
  needs: Needs,
  tx: Tx,
  holder: Account,
  session: Session,
  terms: Omit<Terms, 'authenticated_at'>,
): Promise<Opened> {
  const { authenticated_at, grant_id, browser_session, address, user_agent, reauthenticated_at } = session
  const { draft, row } = await issue(needs, tx, holder, { ...terms, authenticated_at })
  const family = session.family ?? (grant_id === null ? session.jti : null)
  const origin = { grant_id, family, browser_session, address, user_agent, reauthenticated_at }
  await openSession(needs, tx, holder, 'session.renewed', { ...row, ...origin })
  return beginSigning(draft)
}

/** Seconds that are left of a session. */
export const restOf = ({ clock }: Pick<Deps, 'clock'>, { expires_at }: Session): number =>
  Math.ceil((parseIso(expires_at) - clock.now()) / SECOND)

/** Thumbprint of the key that a session's token is bound to; null where it is bound to none. */
export function boundKeyOf({ jkt, oauth_payload }: Session): string | null {
  if (jkt !== null) return jkt
  // Tokens of OAuth that are older than the column.
  const payload: unknown = JSON.parse(oauth_payload ?? 'null')
  const bound = isObject(payload) ? payload['jkt'] : undefined
  return typeof bound === 'string' ? bound : null
}

/** Writes a session down, with its event and its audit record. */
export async function openSession(
  { clock, outbox }: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: Pick<Account, 'id' | 'uid'>,
  action: 'session.created' | 'session.renewed',
  row: NewRow<'sessions'> & Pick<Session, 'application_id'>,
): Promise<void> {
  const details = { session_id: await insertSession(tx, row), application_id: row.application_id }
  await audit({ clock }, tx, { action, account_id: account.id, details })
  await outbox.record(tx, account.id, eventMessage(sessionEvent('created', account, { ...row, revoked_at: null })))
}
