import type { Deps } from '../../deps.ts'
import { MINUTE, seconds } from '../../lib/clock.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { findAccountByEmail, findAccountByUid, normalizeEmail } from '../accounts/accounts.ts'
import { completeSignIn, hasSecondFactor, provePassword } from '../sessions/sessions.ts'
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
type Then<T> = (tx: Tx, login: Login, account: Account) => Promise<T>

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
  const done = await completeSignIn(needs, proof, undefined, (tx, signedIn) =>
    then(tx, loginOf(needs, signedIn.uid, SINGLE_FACTOR, ['pwd']), signedIn),
  )
  return { done }
}

/** Takes the code of the second factor after the password; `undefined` when the password is no longer the right one. */
export async function takeCode<T>(
  needs: SignInNeeds,
  { uid, digest }: Pending,
  code: string,
  then: Then<T>,
): Promise<{ done: T } | undefined> {
  const account = await findAccountByUid(needs.db, uid)
  if (!account || account.password_digest !== digest) return undefined
  const done = await completeSignIn(needs, { account }, code, (tx, signedIn) =>
    then(tx, loginOf(needs, signedIn.uid, MULTI_FACTOR, ['pwd', 'otp', 'mfa']), signedIn),
  )
  return { done }
}

/** A sign-in of this moment. */
export const loginOf = ({ clock }: Pick<Deps, 'clock'>, accountId: string, acr: string, amr: string[]): Login => ({
  accountId,
  acr,
  amr,
  remember: true,
  ts: seconds(clock.now()),
})
