import { defineErrors } from '../../lib/errors.ts'
import { isSessionOpen, lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import { isBarred } from './standing.ts'

const errors = defineErrors('accounts', {
  sessionEnded: [401, 'The access token was revoked'],
  callerBarred: [401, 'Account does not exist'],
})

/** Who asks, as far as a change looks at it again. */
export interface Asking {
  account: Pick<Account, 'id'>
  session: Pick<Session, 'jti' | 'family' | 'grant_id' | 'browser_session'>
}

/**
 * Locks the account of somebody who is about to change what lets people in, unless their session ended or the account was
 * barred since the request came in: what ends access would not find what is added after it. Every such change begins so.
 */
export async function lockCaller(tx: Tx, { account: { id }, session }: Asking): Promise<Account> {
  const account = await lockAccount(tx, id)
  await refuseEnded(tx, account, session)
  return account
}

/** The same for a transaction that has locked the account. */
export async function refuseEnded(tx: Tx, account: Account, { jti }: Pick<Session, 'jti'>): Promise<void> {
  if (isBarred(account)) throw errors.callerBarred()
  if (!(await isSessionOpen(tx, jti))) throw errors.sessionEnded()
}
