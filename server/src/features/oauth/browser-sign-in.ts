import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import { isObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { holdsClaim } from '../holds/holds.ts'
import { signAccessToken } from '../signing-keys/signing-keys.ts'
import { browserLifetime, keepBrowserSession } from './browser-sessions.ts'
import { digestOf } from './digests.ts'
import { recordAdapter } from './records.ts'
import { SESSION_SCOPES } from './scopes.ts'
import { type Login, PENDING, type Pending, type SignInNeeds, takeCode, takePassword } from './sign-in-steps.ts'
import { deleteGrants, findBrowserSession, findPerson } from './store.ts'
import { endTokens } from './token-end.ts'

const errors = defineErrors('browser', {
  signInFirst: [409, 'The password comes first'],
  notSignedIn: [401, 'Nobody is signed in in this browser'],
})

export type BrowserNeeds = SignInNeeds & Pick<Deps, 'keys'>
type Needs = BrowserNeeds

/** What a browser brings to be known by. */
export interface BrowserCookies {
  session: string | undefined
  /** A password that was right and waits for its second factor. */
  pending: string | undefined
}

/** A cookie to set: its value, and for how many seconds. */
export interface NewCookie {
  value: string
  lifetime: number
}

/** Tokens of pages are short-lived: a page asks for another at any time. */
const TOKEN_LIFETIME = (10 * MINUTE) / SECOND

/** Signs the browser in with e-mail and password, or remembers them until the second factor comes. */
export async function signInBrowser(
  needs: Needs,
  cookies: BrowserCookies,
  input: { email: string; password: string },
): Promise<{ session: NewCookie } | { pending: NewCookie }> {
  const known = await signedIn(needs, cookies.session)
  const outcome = await takePassword(needs, input, (tx, login) => begin(needs, tx, known, login))
  if ('done' in outcome) {
    await replace(needs, known, outcome.done.accountId)
    return { session: outcome.done }
  }
  const value = urlToken(16)
  const lifetime = PENDING / SECOND
  const { uid, digest } = outcome.pending
  await pendings(needs).upsert(value, { accountId: uid, extra: { digest } }, lifetime)
  return { pending: { value, lifetime } }
}

/** Signs the browser in with the code that the account's second factor shows, after the password. */
export async function completeBrowserSignIn(needs: Needs, cookies: BrowserCookies, code: string): Promise<NewCookie> {
  const id = cookies.pending ?? ''
  const pending = pendingOf(await pendings(needs).find(id))
  const known = await signedIn(needs, cookies.session)
  const outcome = pending && (await takeCode(needs, pending, code, (tx, login) => begin(needs, tx, known, login)))
  if (!outcome) throw errors.signInFirst()
  await pendings(needs).destroy(id)
  await replace(needs, known, outcome.done.accountId)
  return outcome.done
}

/** An access token for the pages of a browser that is signed in; asking counts as use. */
export async function tokenOfBrowser(needs: Needs, { session }: BrowserCookies) {
  const known = await signedIn(needs, session)
  if (!known) throw errors.notSignedIn()
  const { id, payload } = known
  const lifetime = browserLifetime(needs, payload.loginTs)
  await needs.db
    .transaction()
    .execute((tx) => keepBrowserSession(needs, tx, id, extended(needs, payload, lifetime), lifetime))
  const row = await findBrowserSession(needs.db, digestOf('Session', payload.uid ?? ''))
  const person = await findPerson(needs.db, payload.accountId ?? '')
  if (!person || !row || row.revoked_at !== null) throw errors.notSignedIn()
  const { token, expires_at } = signAccessToken(needs, person, {
    audience: SESSION_SCOPES.split(' '),
    lifetime: Math.min(TOKEN_LIFETIME, lifetime),
    jti: row.jti,
    extra: await holdsClaim(needs, needs.db, person.id),
  })
  return { token, expires_at: isoSeconds(iso(expires_at)), cookie: { value: id, lifetime } }
}

/** Who is signed in in this browser; 401 when nobody is. Reads alone: the sign-in is not extended by it. */
export async function whoIsSignedIn(needs: Needs, { session }: BrowserCookies): Promise<Account> {
  const known = await signedIn(needs, session)
  const row = known && (await findBrowserSession(needs.db, digestOf('Session', known.payload.uid ?? '')))
  const person = known && (await findPerson(needs.db, known.payload.accountId ?? ''))
  if (!person || !row || row.revoked_at !== null) throw errors.notSignedIn()
  return person
}

/** Whether somebody is signed in in this browser. */
export const isSignedIn = async (needs: Needs, { session }: BrowserCookies): Promise<boolean> =>
  (await signedIn(needs, session)) !== undefined

/** Signs the browser out; what applications got by this sign-in ends, save where they may stay connected. */
export async function signOutBrowser(needs: Needs, { session }: BrowserCookies): Promise<void> {
  const known = await signedIn(needs, session)
  if (known) await end(needs, known)
}

/** A browser's sign-in under the id of its cookie. */
interface SignedIn {
  id: string
  payload: AdapterPayload
}

async function signedIn(needs: Needs, id = ''): Promise<SignedIn | undefined> {
  const payload = await recordAdapter(needs, 'Session').find(id)
  return payload?.accountId === undefined ? undefined : { id, payload }
}

/**
 * Notes that a person is signed in. Whoever knew the browser's id before learns nothing of it: the id changes. What the
 * same person did with this browser before goes on.
 */
async function begin(needs: Needs, tx: Tx, known: SignedIn | undefined, login: Login) {
  const { accountId, acr, amr, ts: loginTs } = login
  const lifetime = browserLifetime(needs, loginTs)
  const value = urlToken(16)
  const before = known?.payload.accountId === accountId ? known.payload : { uid: urlToken(16), kind: 'Session' }
  const payload = { ...before, jti: value, accountId, acr, amr, loginTs }
  await keepBrowserSession(needs, tx, value, extended(needs, payload, lifetime), lifetime)
  return { value, lifetime, accountId }
}

/** Afterwards: the earlier id opens nothing, and whoever was signed in before no longer is. */
async function replace(needs: Needs, known: SignedIn | undefined, accountId: string): Promise<void> {
  if (!known) return
  if (known.payload.accountId === accountId) await recordAdapter(needs, 'Session').destroy(known.id)
  else await end(needs, known)
}

/** What the engine notes of its sessions each time it keeps them. */
const extended = ({ clock }: Needs, payload: AdapterPayload, lifetime: number): AdapterPayload => {
  const iat = seconds(clock.now())
  return { ...payload, iat, exp: iat + lifetime }
}

async function end(needs: Needs, { id, payload }: SignedIn): Promise<void> {
  const grants = Object.values(payload.authorizations ?? {}).filter(({ persistsLogout }) => !persistsLogout)
  const ids = grants.flatMap(({ grantId }) => (grantId === undefined ? [] : [grantId]))
  await deleteGrants(
    needs.db,
    ids,
    ids.map((grant) => digestOf('Grant', grant)),
  )
  for (const grant of ids) await endTokens(needs, 'grant_id', grant)
  // In this order: a request under way sees that the row ended, and does not keep the sign-in after all.
  await endTokens(needs, 'browser_session', digestOf('Session', payload.uid ?? ''))
  await recordAdapter(needs, 'Session').destroy(id)
}

const pendings = (needs: Needs) => recordAdapter(needs, 'PendingSignIn')

function pendingOf(payload: AdapterPayload | undefined): Pending | undefined {
  const { accountId: uid, extra } = payload ?? {}
  const digest = isObject(extra) ? extra['digest'] : undefined
  return uid === undefined || typeof digest !== 'string' ? undefined : { uid, digest }
}
