import type { Deps } from '../../deps.ts'
import { iso, parseIso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { unlockToken } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit, type Entry } from '../audit/audit.ts'
import { normalizeEmail } from './email.ts'
import { inHidingTime } from './hiding.ts'
import { isWithinBudget } from './mail-budget.ts'
import { newToken, tokenDigest, tokenDigests, tokenMail } from './mail-tokens.ts'
import { lockAccountByDigest, lockAccountByEmail } from './store.ts'

const errors = defineErrors('accounts', {
  unlockTokenInvalid: [422, 'Unlock token is invalid'],
  emailNotFound: [422, 'Email not found'],
  notLocked: [422, 'Email was not locked'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring'>
type Asking = Needs & Pick<Deps, 'limits'>

/** What was attempted, and why it failed. */
export type Failure = Required<Pick<Entry, 'action' | 'refused'>>

const UNLOCKED = { locked_at: null, unlock_digest: null, failed_attempts: 0 } as const

/** Whether the account is locked now; a lock lapses by itself after UNLOCK_IN. */
export const isLocked = ({ clock, config }: Pick<Deps, 'clock' | 'config'>, account: Account): boolean =>
  account.locked_at !== null && clock.now() - parseIso(account.locked_at) < config.unlock_in

/**
 * Counts a wrong password, and locks the account with the last one allowed. Each of many at once is counted; those that
 * come after the last one learn that the account was locked before them, as a right one does.
 */
export function countFailure(needs: Needs, account_id: number, failure: Failure): Promise<'counted' | 'locked'> {
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, account_id)
    await noteFailure(needs, tx, account, needs.config.values.MAX_LOGIN_ATTEMPTS, failure)
    return isLocked(needs, account) ? 'locked' : 'counted'
  })
}

/** Counts a failure in the transaction that found it, which has locked the account's row; the `limit`th locks the account. */
export async function noteFailure(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  limit: number,
  failure: Failure,
): Promise<void> {
  await audit(needs, tx, { ...failure, account_id: account.id })
  const locked = isLocked(needs, account)
  const lapsed = account.locked_at !== null && !locked
  const failed_attempts = lapsed ? 1 : account.failed_attempts + 1
  if (locked || failed_attempts < limit) {
    await updateAccount(needs, tx, account, lapsed ? { ...UNLOCKED, failed_attempts } : { failed_attempts })
    return
  }
  const after = await updateAccount(needs, tx, account, { failed_attempts, locked_at: iso(needs.clock.now()) })
  await audit(needs, tx, { action: 'account.locked', account_id: account.id, details: { failed_attempts } })
  await mailUnlockToken(needs, tx, after)
}

/** Forgets failures after a success. */
export async function forgetFailures(
  needs: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  account: Account,
): Promise<Account> {
  if (account.failed_attempts === 0 && account.locked_at === null) return account
  return updateAccount(needs, tx, account, UNLOCKED)
}

/** Mails a new unlock link; beyond the recipient's budget the one that is out stays. */
export const resendUnlock = (needs: Asking, input: string): Promise<void> =>
  inHidingTime(needs, () => resend(needs, input))

async function resend(needs: Asking, input: string): Promise<void> {
  const hidden = needs.config.values.BARONG_HIDE_ACCOUNTS
  const email = normalizeEmail(input)
  const within = await isWithinBudget(needs, 'unlock', email)
  await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccountByEmail(tx, email)
    if (!account && !hidden) throw errors.emailNotFound()
    if (!account) return
    if (!isLocked(needs, account)) {
      if (hidden) return
      throw errors.notLocked()
    }
    // It was mailed with the lock, or since.
    if (!within && account.unlock_digest !== null) return
    await mailUnlockToken(needs, tx, account)
    await audit(needs, tx, { action: 'account.unlock_requested', account_id: account.id })
  })
}

/** Takes the mailed token: the lock is gone and failures are forgotten. */
export async function unlock(needs: Needs, token: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccountByDigest(tx, 'unlock_digest', tokenDigests(needs.ring, 'unlock', token))
    if (!account) throw errors.unlockTokenInvalid()
    await updateAccount(needs, tx, account, UNLOCKED)
    actAs('person', account.id)
    await audit(needs, tx, { action: 'account.unlocked', account_id: account.id })
  })
}

async function mailUnlockToken(needs: Omit<Needs, 'db'>, tx: Tx, account: Account): Promise<void> {
  const token = newToken()
  const after = await updateAccount(needs, tx, account, { unlock_digest: tokenDigest(needs.ring, 'unlock', token) })
  await needs.outbox.record(
    tx,
    account.id,
    eventMessage(unlockToken(after, token)),
    tokenMail(needs, 'unlock', account.email, token),
  )
}
