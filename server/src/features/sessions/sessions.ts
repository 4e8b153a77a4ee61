import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { actAs, whoActs } from '../../platform/acting/acting.ts'
import { isSessionOpen, lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, NewRow, Session } from '../../platform/db/schema.ts'
import { sessionEvent } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { endSessions, findAccountByEmail, normalizeEmail, rememberReader } from '../accounts/accounts.ts'
import { findApplication } from '../applications/applications.ts'
import { audit } from '../audit/audit.ts'
import { audienceOf } from '../duties/duties.ts'
import { holdsClaim } from '../holds/holds.ts'
import type { Credential } from '../passkeys/passkeys.ts'
import { type AccessTokenDraft, draftAccessToken } from '../signing-keys/signing-keys.ts'
import { completeSignIn, provePasskeyOf, provePassword } from './credentials.ts'
import { revokeFamily } from './family-store.ts'
import { lifetimeOf } from './lifetime.ts'
import { completePasskeySignIn, provePasskey } from './passkey-sign-in.ts'
import { recordRefusal } from './refusals.ts'
import { deleteEndedSessions, insertSession } from './store.ts'

const errors = defineErrors('sessions', {
  wrongApplication: [401, 'Wrong Application ID'],
  notFound: [404, 'Record is not found'],
  revoked: [401, 'The access token was revoked'],
  browser: [403, 'The tokens of a browser come from /api/v1/sessions/jwt'],
  bound: [403, 'A token that is bound to a key is renewed at /oauth/token'],
  tooOld: [401, 'The session is too old to be renewed, please sign in again'],
})

export { completeSignIn, hasSecondFactor, provePasskeyOf, provePassword } from './credentials.ts'
export { PROOF_ALGORITHMS } from './dpop.ts'
export { listOpenSessions } from './family-store.ts'
export { confirmationOptions, confirmSession } from './freshness.ts'
export { completePasskeySignIn, passkeySignInOptions, provePasskey } from './passkey-sign-in.ts'
export { listSessions } from './session-list.ts'

/** What tokens of sessions are good for. */
const AUDIENCE = ['peatio', 'barong'] as const
const CLEANED_AT_ONCE = 500

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'keys' | 'limits'>

export interface Credentials {
  email: string
  password: string
  application_id: string
  expires_in?: string | undefined
  otp_code?: string | undefined
  /** What the account's passkey signed, in place of a code. */
  passkey?: Credential | undefined
}

/** Signs a person in with password and, where 2FA is on, a code; returns the session's token. */
export async function signIn(needs: Needs, input: Credentials): Promise<string> {
  const email = normalizeEmail(input.email)
  const arrived = needs.passwords.admit()
  const [account, application] = await Promise.all([
    findAccountByEmail(needs.db, email),
    findApplication(needs.db, input.application_id),
  ])
  if (!application && (account || needs.config.values.BARONG_HIDE_ACCOUNTS)) {
    throw await recordRefusal(needs, account, errors.wrongApplication())
  }
  const proof = await provePassword(needs, account, { email, password: input.password, arrived })
  if (!application) throw errors.wrongApplication()
  const factor = input.passkey ? await provePasskeyOf(needs, proof.account, input.passkey) : input.otp_code
  const opened = await completeSignIn(needs, proof, factor, (tx, signedIn) =>
    // Judged last, as in 1.8.26; what is thrown here gives the code back.
    open(needs, tx, signedIn, application.id, lifetimeOf(needs, input.expires_in)),
  )
  return opened.token
}

/** Signs a person in by a passkey alone; returns the session's token. */
export async function signInByPasskey(
  needs: Needs,
  input: { credential: Credential; application_id: string; expires_in?: string | undefined },
): Promise<string> {
  const application = await findApplication(needs.db, input.application_id)
  if (!application) throw await recordRefusal(needs, undefined, errors.wrongApplication())
  const lifetime = lifetimeOf(needs, input.expires_in)
  const proof = await provePasskey(needs, input.credential)
  const opened = await completePasskeySignIn(needs, proof, (tx, signedIn) =>
    open(needs, tx, signedIn, application.id, lifetime),
  )
  return opened.token
}

/** A token that is being signed while the transaction that makes it true is written to the disk. */
interface Opened {
  token: Promise<string>
}

/** Opens a session for somebody who proved who they are. */
async function open(needs: Needs, tx: Tx, account: Account, application_id: number, lifetime: number): Promise<Opened> {
  const holds = await holdsClaim(needs, tx, account.id)
  const { draft, row } = await issue(needs, tx, account, application_id, lifetime, iso(needs.clock.now()), holds)
  const { address, user_agent } = whoActs()
  actAs('person', account.id)
  await rememberReader(tx, account)
  await openSession(needs, tx, account, 'session.created', { ...row, address, user_agent })
  return beginSigning(draft)
}

function beginSigning(draft: AccessTokenDraft): Opened {
  const token = draft.sign()
  // Nobody waits for it where the transaction fails.
  token.catch(() => {})
  return { token }
}

/** Issues a further token for the session's application; the old one stays valid. What ends the session ends it, too. */
export async function renew(needs: Needs, { account, session }: Caller, expires_in: string | undefined) {
  const { db, clock, config } = needs
  if (session.application_id === null) throw errors.browser()
  if (isBoundToKey(session)) throw errors.bound()
  const { application_id } = session
  const limit = parseIso(session.authenticated_at) + config.values.SESSION_ABSOLUTE_LIFETIME * SECOND
  if (clock.now() >= limit) throw errors.tooOld()
  const lifetime = Math.min(lifetimeOf(needs, expires_in), Math.ceil((limit - clock.now()) / SECOND))
  const renewed = await db.transaction().execute(async (tx) => {
    // The lock makes a password change and this one know of each other: neither leaves a token the other should have ended.
    const [holder, isOpen, holds] = await Promise.all([
      lockAccount(tx, account.id),
      isSessionOpen(tx, session.jti),
      holdsClaim(needs, tx, account.id),
    ])
    if (!isOpen) throw errors.revoked()
    const { draft, row } = await issue(needs, tx, holder, application_id, lifetime, session.authenticated_at, holds)
    const { grant_id, browser_session, address, user_agent, reauthenticated_at } = session
    const family = session.family ?? (grant_id === null ? session.jti : null)
    const origin = { grant_id, family, browser_session, address, user_agent, reauthenticated_at }
    await openSession(needs, tx, holder, 'session.renewed', { ...row, ...origin })
    return beginSigning(draft)
  })
  return renewed.token
}

/** Its further tokens would have to be bound as well, which the token endpoint sees to (RFC 9449, section 5). */
function isBoundToKey({ oauth_payload }: Session): boolean {
  const payload: unknown = JSON.parse(oauth_payload ?? 'null')
  return isObject(payload) && typeof payload['jkt'] === 'string'
}

type Ending = Pick<Deps, 'db' | 'clock' | 'outbox'>

/** Ends one of the account's sessions, with all that it was renewed to; `current` is the one that asks. */
export async function endSession(needs: Ending, { account, session }: Caller, named: string): Promise<void> {
  const { db, clock, outbox } = needs
  const id = named === 'current' ? String(session.id) : named
  if (!/^\d{1,15}$/.test(id)) throw errors.notFound()
  await db.transaction().execute(async (tx) => {
    await lockAccount(tx, account.id)
    const ended = await revokeFamily(tx, account.id, Number(id), iso(clock.now()))
    if (ended.length === 0) throw errors.notFound()
    await recordRevoked({ clock, outbox }, tx, account, ended)
    const details = { session_id: Number(id) }
    await audit({ clock }, tx, { action: 'session.revoked', account_id: account.id, details })
  })
}

/** Ends all sessions of the account but the one that asks. */
export async function endOtherSessions(needs: Ending, { account, session }: Caller): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    await lockAccount(tx, account.id)
    await endSessions(needs, tx, account, session.jti)
  })
}

/** Removes sessions whose time is over, a batch at a time; returns how many went. */
export const cleanSessions = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteEndedSessions(db, iso(clock.now() - 86_400 * SECOND), CLEANED_AT_ONCE)

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

async function issue(
  needs: Needs,
  tx: Tx,
  account: Account,
  application_id: number,
  lifetime: number,
  authenticated_at: string,
  holds: Awaited<ReturnType<typeof holdsClaim>>,
) {
  const terms = { audience: await audienceOf(needs, tx, account, AUDIENCE), lifetime, extra: holds }
  const draft = draftAccessToken(needs, account, terms)
  const { jti, issued_at, expires_at } = draft
  const row = {
    jti,
    account_id: account.id,
    application_id,
    authenticated_at,
    created_at: iso(issued_at),
    expires_at: iso(expires_at),
  }
  return { draft, row }
}
