import type { Deps } from '../../deps.ts'
import { MINUTE, seconds } from '../../lib/clock.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { findAccountByEmail, findAccountByUid, normalizeEmail } from '../accounts/accounts.ts'
import { type Credential, requestOptions } from '../passkeys/passkeys.ts'
import {
  completePasskeySignIn,
  completeSignIn,
  hasSecondFactor,
  passkeySignInOptions,
  provePasskey,
  provePasskeyOf,
  provePassword,
} from '../sessions/sessions.ts'
import { MULTI_FACTOR, SINGLE_FACTOR } from './policy.ts'

export type SignInNeeds = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** A password that was right waits this long for its second factor: milliseconds. */
export const PENDING = 5 * MINUTE

/** Whose password was right, and which it was. */
export interface Pending {
  uid: string
  digest: string
}

/** How somebody signed in, in the words of the engine. */
export type Login = {
  accountId: string
  acr: string
  amr: string[]
  /** Whether the browser stays signed in when it was closed. */
  remember: boolean
  /** Seconds since 1970. */
  ts: number
}

/** What is done in the transaction in which the sign-in counts. */
type Then<T> = (tx: Tx, login: Login) => Promise<T>

/** Takes e-mail and password; goes on with `then` where no second factor is asked for next. */
export async function takePassword<T>(
  needs: SignInNeeds,
  input: { email: string; password: string },
  then: Then<T>,
): Promise<{ pending: Pending } | { done: T }> {
  const email = normalizeEmail(input.email)
  const account = await findAccountByEmail(needs.db, email)
  const proof = await provePassword(needs, account, { email, password: input.password })
  const { uid, password_digest } = proof.account
  if (await hasSecondFactor(needs, proof.account)) return { pending: { uid, digest: password_digest } }
  const goOn = onward(needs, then, SINGLE_FACTOR, ['pwd'])
  return { done: await completeSignIn(needs, proof, undefined, goOn) }
}

/** Takes the code of the second factor after the password; `undefined` when the password is no longer the right one. */
export async function takeCode<T>(
  needs: SignInNeeds,
  pending: Pending | undefined,
  code: string,
  then: Then<T>,
): Promise<{ done: T } | undefined> {
  const account = await accountOf(needs, pending)
  const goOn = onward(needs, then, MULTI_FACTOR, ['pwd', 'otp', 'mfa'])
  return account && { done: await completeSignIn(needs, { account }, code, goOn) }
}

/** What the browser is to have a passkey sign: after the password as second factor, else in its place, for what is `bound`. */
export async function passkeyOptions(needs: SignInNeeds, pending: Pending | undefined, bound: string) {
  const account = await accountOf(needs, pending)
  if (!account) return passkeySignInOptions(needs, bound)
  return requestOptions(needs, needs.db, { purpose: 'second_factor', bound: account.uid }, account)
}

/** Takes what a passkey signed for those options. */
export async function takePasskey<T>(
  needs: SignInNeeds,
  pending: Pending | undefined,
  bound: string,
  credential: Credential,
  then: Then<T>,
): Promise<T> {
  const account = await accountOf(needs, pending)
  if (account) {
    const proof = await provePasskeyOf(needs, account, credential)
    return completeSignIn(needs, { account }, proof, onward(needs, then, MULTI_FACTOR, ['pwd', ...proof.amr, 'mfa']))
  }
  const proof = await provePasskey(needs, credential, bound)
  return completePasskeySignIn(needs, proof, onward(needs, then, MULTI_FACTOR, [...proof.amr, 'mfa']))
}

/** Whose password was right a moment ago, and is still the one. */
async function accountOf({ db }: SignInNeeds, pending: Pending | undefined): Promise<Account | undefined> {
  const account = pending && (await findAccountByUid(db, pending.uid))
  return account?.password_digest === pending?.digest ? account : undefined
}

/** Goes on with how the person signed in. */
const onward =
  <T>({ clock }: SignInNeeds, then: Then<T>, acr: string, amr: string[]) =>
  (tx: Tx, { uid }: Account): Promise<T> =>
    then(tx, { accountId: uid, acr, amr, remember: true, ts: seconds(clock.now()) })
