import type { AdapterPayload } from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { urlToken } from '../../lib/ids.ts'
import type { Tx } from '../../platform/db/db.ts'
import { browserLifetime, keepBrowserSession, renameBrowserTokens } from './browser-sessions.ts'
import { digestOf } from './digests.ts'
import { recordAdapter } from './records.ts'
import type { Login } from './sign-in-steps.ts'
import { deleteGrants } from './store.ts'
import { endTokens } from './token-end.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'outbox'>

/** A browser's sign-in under the id of its cookie. */
export interface SignedIn {
  id: string
  payload: AdapterPayload
}

/** A cookie to set: its value, and for how many seconds. */
export interface NewCookie {
  value: string
  lifetime: number
}

/** A sign-in that just began. */
export interface Begun {
  cookie: NewCookie
  /** Names the browser's sign-in as long as it lasts, however often its cookie changes. */
  uid: string
  login: Login
}

/** Who is signed in in the browser with that cookie. */
export async function findSignedIn(needs: Omit<Needs, 'config'>, id = ''): Promise<SignedIn | undefined> {
  const payload = await recordAdapter(needs, 'Session').find(id)
  return payload?.accountId === undefined ? undefined : { id, payload }
}

/**
 * Notes that a person is signed in, in the transaction in which that counts. Whoever knew the browser's id before learns
 * nothing of it: the id changes. What the same person did with this browser before goes on.
 */
export async function beginSignedIn(needs: Needs, tx: Tx, known: SignedIn | undefined, login: Login): Promise<Begun> {
  const { accountId, acr, amr, ts: loginTs } = login
  const lifetime = browserLifetime(needs, loginTs)
  const value = urlToken(16)
  const before = known?.payload.accountId === accountId ? known.payload : { kind: 'Session' }
  const uid = before.uid ?? urlToken(16)
  const payload = { ...before, uid, jti: value, accountId, acr, amr, loginTs }
  await keepBrowserSession(needs, tx, value, extended(needs, payload, lifetime), lifetime)
  if (before.uid !== undefined && needs.config.values.SESSION_REQUIRE.includes('new_tokens'))
    await renameBrowserTokens(needs, tx, digestOf('Session', uid))
  return { cookie: { value, lifetime }, uid, login }
}

/** Afterwards: the earlier id opens nothing, and whoever was signed in before no longer is. */
export async function replaceSignedIn(needs: Needs, known: SignedIn | undefined, { login }: Begun): Promise<void> {
  if (!known) return
  if (known.payload.accountId === login.accountId) await recordAdapter(needs, 'Session').destroy(known.id)
  else await endSignedIn(needs, known)
}

/** What the engine notes of its sessions each time it keeps them. */
export const extended = ({ clock }: Needs, payload: AdapterPayload, lifetime: number): AdapterPayload => {
  const iat = seconds(clock.now())
  return { ...payload, iat, exp: iat + lifetime }
}

/** Ends it; what applications got by it ends, save where they may stay connected. */
export async function endSignedIn(needs: Needs, { id, payload }: SignedIn): Promise<void> {
  const grants = Object.values(payload.authorizations ?? {}).filter(({ persistsLogout }) => !persistsLogout)
  const ids = grants.flatMap(({ grantId }) => (grantId === undefined ? [] : [grantId]))
  await deleteGrants(
    needs.db,
    ids,
    ids.map((grant) => digestOf('Grant', grant)),
  )
  // All tokens of these grants hang on the browser. In this order: a request under way sees that the row ended, and does not keep the sign-in after all.
  await endTokens(needs, 'browser_session', digestOf('Session', payload.uid ?? ''))
  await recordAdapter(needs, 'Session').destroy(id)
}
