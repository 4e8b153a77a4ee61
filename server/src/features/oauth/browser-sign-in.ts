import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, MINUTE, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import { isObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import { audienceOf } from '../duties/duties.ts'
import { holdsClaim } from '../holds/holds.ts'
import { confirmationOf, type Proof, takeProof } from '../key-proofs/key-proofs.ts'
import type { Credential } from '../passkeys/passkeys.ts'
import { authTimeOf, signAccessToken } from '../signing-keys/signing-keys.ts'
import { browserLifetime, keepBrowserSession } from './browser-sessions.ts'
import { digestOf } from './digests.ts'
import { recordAdapter } from './records.ts'
import { SESSION_SCOPES } from './scopes.ts'
import {
  type Login,
  PENDING,
  type Pending,
  passkeyOptions,
  type SignInNeeds,
  takeCode,
  takePasskey,
  takePassword,
} from './sign-in-steps.ts'
import {
  type Begun,
  beginSignedIn,
  endSignedIn,
  extended,
  findSignedIn,
  type NewCookie,
  replaceSignedIn,
  type SignedIn,
} from './signed-in.ts'
import { findBrowserSession, findPerson } from './store.ts'

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

/** Tokens of pages are short-lived: a page asks for another at any time. */
const TOKEN_LIFETIME = (10 * MINUTE) / SECOND

/** What a passkey signs to sign in at pages of this server, and nowhere else. */
const BOUND = 'browser'

/** Signs the browser in with e-mail and password, or remembers them until the second factor comes. */
export async function signInBrowser(
  needs: Needs,
  cookies: BrowserCookies,
  input: { email: string; password: string },
): Promise<{ session: NewCookie } | { pending: NewCookie }> {
  const known = await findSignedIn(needs, cookies.session)
  const outcome = await takePassword(needs, input, (tx, login) => beginSignedIn(needs, tx, known, login))
  if ('done' in outcome) {
    await replaceSignedIn(needs, known, outcome.done)
    return { session: outcome.done.cookie }
  }
  const value = urlToken(16)
  const lifetime = PENDING / SECOND
  const { uid, digest } = outcome.pending
  await pendings(needs).upsert(value, { accountId: uid, extra: { digest } }, lifetime)
  return { pending: { value, lifetime } }
}

/** Signs the browser in with the code that the account's second factor shows, after the password. */
export function completeBrowserSignIn(needs: Needs, cookies: BrowserCookies, code: string): Promise<NewCookie> {
  return complete(needs, cookies, async (pending, begin) => {
    const outcome = await takeCode(needs, pending, code, begin)
    if (!outcome) throw errors.signInFirst()
    return outcome.done
  })
}

/** What the browser is to have a passkey sign: as second factor after the password, or alone. */
export const browserPasskeyOptions = async (needs: Needs, cookies: BrowserCookies) =>
  passkeyOptions(needs, await findPending(needs, cookies), BOUND)

/** Signs the browser in with what a passkey signed. */
export const signInBrowserByPasskey = (
  needs: Needs,
  cookies: BrowserCookies,
  credential: Credential,
): Promise<NewCookie> =>
  complete(needs, cookies, (pending, begin) => takePasskey(needs, pending, BOUND, credential, begin))

async function complete(
  needs: Needs,
  cookies: BrowserCookies,
  step: (pending: Pending | undefined, begin: (tx: Tx, login: Login) => Promise<Begun>) => Promise<Begun>,
): Promise<NewCookie> {
  const known = await findSignedIn(needs, cookies.session)
  const pending = await findPending(needs, cookies)
  const begun = await step(pending, (tx, login) => beginSignedIn(needs, tx, known, login))
  await pendings(needs).destroy(cookies.pending ?? '')
  await replaceSignedIn(needs, known, begun)
  return begun.cookie
}

/** An access token for the pages of a browser that is signed in, bound to the key that is shown; asking counts as use. */
export async function tokenOfBrowser(needs: Needs, { session }: BrowserCookies, proof?: Proof) {
  const known = await findSignedIn(needs, session)
  if (!known) throw errors.notSignedIn()
  if (proof) await takeProof(needs, proof)
  const { id, payload } = known
  const lifetime = browserLifetime(needs, payload.loginTs)
  await needs.db
    .transaction()
    .execute((tx) => keepBrowserSession(needs, tx, id, extended(needs, payload, lifetime), lifetime))
  const { person, row } = await personOf(needs, known)
  const { token, expires_at } = await signAccessToken(needs, person, {
    audience: await audienceOf(needs, needs.db, person, SESSION_SCOPES.split(' ')),
    lifetime: Math.min(TOKEN_LIFETIME, lifetime),
    jti: row.jti,
    extra: {
      auth_time: authTimeOf(row),
      ...(await holdsClaim(needs, needs.db, person.id)),
      ...confirmationOf(proof?.jkt),
    },
  })
  return { token, expires_at: isoSeconds(iso(expires_at)), cookie: { value: id, lifetime } }
}

/** Who is signed in in this browser, and by which session; 401 when nobody is. Reads alone: the sign-in is not extended by it. */
export async function whoIsSignedIn(
  needs: Pick<Needs, 'db' | 'clock' | 'ring' | 'outbox'>,
  { session }: BrowserCookies,
): Promise<{ person: Account; row: Session }> {
  const known = await findSignedIn(needs, session)
  if (!known) throw errors.notSignedIn()
  return personOf(needs, known)
}

async function personOf({ db }: Pick<Needs, 'db'>, { payload }: SignedIn) {
  const row = await findBrowserSession(db, digestOf('Session', payload.uid ?? ''))
  const person = await findPerson(db, payload.accountId ?? '')
  if (!person || !row || row.revoked_at !== null) throw errors.notSignedIn()
  return { person, row }
}

/** Whether somebody is signed in in this browser. */
export const isSignedIn = async (needs: Needs, { session }: BrowserCookies): Promise<boolean> =>
  (await findSignedIn(needs, session)) !== undefined

/** Signs the browser out; what applications got by this sign-in ends, save where they may stay connected. */
export async function signOutBrowser(needs: Needs, { session }: BrowserCookies): Promise<void> {
  const known = await findSignedIn(needs, session)
  if (known) await endSignedIn(needs, known)
}

const pendings = (needs: Needs) => recordAdapter(needs, 'PendingSignIn')

async function findPending(needs: Needs, { pending = '' }: BrowserCookies): Promise<Pending | undefined> {
  const { accountId: uid, extra }: AdapterPayload = (await pendings(needs).find(pending)) ?? {}
  const digest = isObject(extra) ? extra['digest'] : undefined
  return uid === undefined || typeof digest !== 'string' ? undefined : { uid, digest }
}
