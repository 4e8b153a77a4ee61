import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { actAs, whoActs } from '../../platform/acting/acting.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Application } from '../../platform/db/schema.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { endSessions, findAccountByEmail, normalizeEmail, rememberReader } from '../accounts/accounts.ts'
import { findApplication } from '../applications/applications.ts'
import { audit } from '../audit/audit.ts'
import { holdsClaim } from '../holds/holds.ts'
import { noProof, type Proof, takeProof } from '../key-proofs/key-proofs.ts'
import type { Credential } from '../passkeys/passkeys.ts'
import { completeSignIn, provePasskeyOf, provePassword } from './credentials.ts'
import { revokeFamily } from './family-store.ts'
import { beginSigning, boundKeyOf, issue, issueFurther, type Opened, openSession } from './issuing.ts'
import { lifetimeOf } from './lifetime.ts'
import { completePasskeySignIn, provePasskey } from './passkey-sign-in.ts'
import { recordRefusal } from './refusals.ts'
import { deleteEndedSessions, findRenewalTerms, findSession } from './store.ts'

const errors = defineErrors('sessions', {
  wrongApplication: [401, 'Wrong Application ID'],
  notFound: [404, 'Record is not found'],
  revoked: [401, 'The access token was revoked'],
  browser: [403, 'The tokens of a browser come from /api/v1/sessions/jwt'],
  tooOld: [401, 'The session is too old to be renewed, please sign in again'],
})

export { completeSignIn, hasSecondFactor, provePasskeyOf, provePassword } from './credentials.ts'
export { listOpenSessions } from './family-store.ts'
export { confirmationOptions, confirmSession, type RenewBrowser } from './freshness.ts'
export { boundKeyOf, openSession } from './issuing.ts'
export { completePasskeySignIn, passkeySignInOptions, provePasskey } from './passkey-sign-in.ts'
export { listSessions } from './session-list.ts'

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
  /** Shows the key that the session's tokens are bound to. */
  proof?: Proof | undefined
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
    open(needs, tx, signedIn, {
      ...input,
      application,
      lifetime: lifetimeOf(needs, input.expires_in),
    }),
  )
  return opened.token
}

/** Signs a person in by a passkey alone; returns the session's token. */
export async function signInByPasskey(
  needs: Needs,
  input: { credential: Credential } & Pick<Credentials, 'application_id' | 'expires_in' | 'proof'>,
): Promise<string> {
  const application = await findApplication(needs.db, input.application_id)
  if (!application) throw await recordRefusal(needs, undefined, errors.wrongApplication())
  const lifetime = lifetimeOf(needs, input.expires_in)
  const proof = await provePasskey(needs, input.credential)
  const opened = await completePasskeySignIn(needs, proof, (tx, signedIn) =>
    open(needs, tx, signedIn, { application, lifetime, proof: input.proof }),
  )
  return opened.token
}

interface Beginning {
  application: Pick<Application, 'id' | 'tokens_bound_at'>
  /** Seconds. */
  lifetime: number
  proof?: Proof | undefined
}

/** Opens a session for somebody who proved who they are. */
async function open(needs: Needs, tx: Tx, account: Account, beginning: Beginning): Promise<Opened> {
  const { application, lifetime, proof } = beginning
  if (application.tokens_bound_at !== null && !proof) throw noProof()
  if (proof) await takeProof({ ...needs, db: tx }, proof)
  const authenticated_at = iso(needs.clock.now())
  const holds = await holdsClaim(needs, tx, account.id)
  const terms = { application_id: application.id, lifetime, authenticated_at, jkt: proof?.jkt ?? null, holds }
  const { draft, row } = await issue(needs, tx, account, terms)
  const { address, user_agent } = whoActs()
  actAs('person', account.id)
  await rememberReader(tx, account)
  await openSession(needs, tx, account, 'session.created', { ...row, address, user_agent })
  return beginSigning(draft)
}

/**
 * Issues a further token for the session's application; the old one stays valid. What ends the session ends it, too. It is
 * bound to the key that the old one is bound to; where that is bound to none, to the one that `proof` shows, without which no
 * application renews that has bound tokens alone.
 */
export async function renew(
  needs: Needs,
  { account, session }: Caller,
  { expires_in, proof }: Pick<Credentials, 'expires_in' | 'proof'>,
): Promise<string> {
  const { db, clock, config } = needs
  if (session.application_id === null) throw errors.browser()
  const { application_id } = session
  const limit = parseIso(session.authenticated_at) + config.values.SESSION_ABSOLUTE_LIFETIME * SECOND
  if (clock.now() >= limit) throw errors.tooOld()
  const lifetime = Math.min(lifetimeOf(needs, expires_in), Math.ceil((limit - clock.now()) / SECOND))
  const jkt = boundKeyOf(session) ?? proof?.jkt ?? null
  const renewed = await db.transaction().execute(async (tx) => {
    // The lock makes a password change and this one know of each other: neither leaves a token the other should have ended.
    const [holder, terms, holds] = await Promise.all([
      lockAccount(tx, account.id),
      findRenewalTerms(tx, session.jti),
      holdsClaim(needs, tx, account.id),
    ])
    if (!terms) throw errors.revoked()
    // The session may be older than the rule.
    if (terms.tokens_bound_at !== null && jkt === null) throw noProof()
    if (proof) await takeProof({ ...needs, db: tx }, proof)
    return issueFurther(needs, tx, holder, session, { application_id, lifetime, jkt, holds })
  })
  return renewed.token
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

/**
 * Ends the session whose token somebody brought along who signed in anew, where SESSION_REQUIRE wants `new_tokens`: to end it
 * takes no more than to have it. A browser's goes with its cookie.
 */
export async function endFormer(needs: Ending & Pick<Deps, 'config' | 'keys'>, authorization = ''): Promise<void> {
  if (!needs.config.values.SESSION_REQUIRE.includes('new_tokens')) return
  const [, token = ''] = /^(?:bearer|dpop) +(\S+) *$/i.exec(authorization) ?? []
  const verified = needs.keys.verify(token)
  const former = verified && (await findSession(needs.db, verified.jti))
  if (!former || former.session.revoked_at !== null || former.session.application_id === null) return
  await endSession(needs, former, 'current')
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
