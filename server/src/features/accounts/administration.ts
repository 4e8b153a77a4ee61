import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { type Tx, uniqueViolation } from '../../platform/db/db.ts'
import type { Account, RowPatch } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { noteApiKeyEnded, noteEverybodyEnded } from '../../platform/events/revocations.ts'
import { audit, type Entry } from '../audit/audit.ts'
import { forgetDevices } from '../devices/devices.ts'
import { imposeHolds } from '../holds/holds.ts'
import { type AccountNotice, notify, notifyOfAccount } from '../notices/notices.ts'
import { ROLES } from '../permissions/permissions.ts'
import { isEmail, normalizeEmail } from './email.ts'
import { deleteEmailChange } from './email-change-store.ts'
import { insertMovedAccount } from './moving-in.ts'
import { passwordErrors, placeWords } from './password-policy.ts'
import { endAccess, endSessions } from './session-end.ts'
import { frozenBy } from './standing.ts'
import { activeApiKeys, findAnyAccount, signedInAfter } from './store.ts'

const errors = defineErrors('accounts', {
  unknown: [404, 'There is no account of this e-mail or uid'],
  emailTaken: [422, 'Email has already been taken'],
  emailInvalid: [422, 'Email is invalid'],
  roleUnknown: [422, 'Role is unknown'],
  passwordWeak: [422, 'Password is unacceptable'],
  lockedByStaff: [403, 'Only those who may lock accounts unlock this one'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'passwords' | 'vault'>

/** An account somebody with authority vouches for. */
export interface VouchedAccount {
  email: string
  password: string
  role: string
  state?: string
  /** Whether the password is its owner's for good; otherwise it has to be replaced before anything else. */
  lasting?: boolean
}

/**
 * Makes a confirmed account without any mail. `follow` adds to it in the same transaction. A password the policy refuses
 * is refused here too, unless `anyPassword` allows it.
 */
export async function createConfirmedAccount(
  needs: Needs,
  input: VouchedAccount,
  {
    anyPassword = false,
    follow = async () => {},
  }: { anyPassword?: boolean; follow?: (tx: Tx, account: Account) => Promise<void> } = {},
): Promise<Account> {
  const email = normalizeEmail(input.email)
  if (!isEmail(email)) throw errors.emailInvalid()
  refuseUnknownRole(input.role)
  if (!anyPassword) refuseWeak(needs, email, input.password)
  if (await findAnyAccount(needs.db, email)) throw errors.emailTaken()
  const password_digest = await needs.passwords.hash(input.password)
  try {
    return await needs.db.transaction().execute(async (tx) => {
      const account = await insertMovedAccount(needs, tx, {
        ...input,
        email,
        password_digest,
        password_given_at: input.lasting === true ? null : iso(needs.clock.now()),
      })
      await follow(tx, account)
      return lockAccount(tx, account.id)
    })
  } catch (error) {
    throw uniqueViolation(error)?.includes('email') ? errors.emailTaken({ cause: error }) : error
  }
}

/** Any account, discarded or not, by e-mail or uid; 404 when there is none. */
export async function readAccount({ db }: Pick<Deps, 'db'>, email_or_uid: string): Promise<Account> {
  const account = await findAnyAccount(db, normalizeEmail(email_or_uid))
  if (!account) throw errors.unknown()
  return account
}

/**
 * Gives an account another role, and ends what was issued under the former one: it is signed out everywhere, and services
 * refuse its tokens, those that API keys were exchanged for among them. The keys themselves go on.
 */
export async function changeRole(needs: Needs, { id }: Pick<Account, 'id'>, role: string): Promise<Account> {
  refuseUnknownRole(role)
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    const after = await updateAccount(needs, tx, account, { role })
    const details = { role, before: account.role }
    await audit(needs, tx, { action: 'account.role_changed', account_id: id, details })
    if (role === account.role) return after
    await endSessions(needs, tx, after)
    for (const key of await activeApiKeys(tx, id)) await noteApiKeyEnded(tx, key, needs.clock.now())
    await notifyOfAccount(needs, tx, after, 'role_changed', role)
    return after
  })
}

const OPEN = {
  locked_at: null,
  unlock_digest: null,
  failed_attempts: 0,
  frozen_at: null,
  staff_frozen_at: null,
} as const

/**
 * Ends a lock before it lapses by itself, and a freeze; one that the staff set, only for whom `may_lock` tells that they could
 * have set it.
 */
export const liftLock = (needs: Needs, { id }: Account, { may_lock }: { may_lock: boolean }): Promise<Account> =>
  needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (frozenBy(account) === 'staff' && !may_lock) throw errors.lockedByStaff()
    const after = await updateAccount(needs, tx, account, OPEN)
    await audit(needs, tx, { action: 'account.unlocked', account_id: id })
    const was_shut = account.locked_at !== null || account.frozen_at !== null
    if (was_shut) await notifyOfAccount(needs, tx, after, 'account_unlocked')
    return after
  })

/**
 * Locks an account, bans it, which ends all access until it is readmitted, or readmits it, which ends a lock of the staff,
 * too; one that was never confirmed still has to be. A lock set on purpose is a freeze: it does not lapse, and neither a
 * passkey nor a known device nor a new password passes it.
 */
export function changeState(
  needs: Needs,
  { id }: Pick<Account, 'id'>,
  state: 'active' | 'banned' | 'locked',
): Promise<Account> {
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    const after = await updateAccount(needs, tx, account, stateOf(needs, account, state))
    const details = { state, before: account.state }
    await audit(needs, tx, { action: 'account.state_changed', account_id: id, details })
    if (state !== 'active') await endAccess(needs, tx, after)
    const notice = noticeOf(account, after)
    if (notice) await notifyOfAccount(needs, tx, after, notice)
    return after
  })
}

/** What the owner is told of a change of state: a ban before a lock, as it is the heavier of the two. */
function noticeOf(before: Account, after: Account): AccountNotice | undefined {
  if (before.state !== after.state && after.state === 'banned') return 'account_banned'
  if (before.state === 'banned' && after.state !== 'banned') return 'account_readmitted'
  const [was, is] = [frozenBy(before) === 'staff', frozenBy(after) === 'staff']
  return was === is ? undefined : is ? 'account_locked' : 'account_unlocked'
}

function stateOf({ clock }: Needs, account: Account, state: 'active' | 'banned' | 'locked'): RowPatch<'accounts'> {
  const now = iso(clock.now())
  if (state === 'locked') return { locked_at: now, frozen_at: now, staff_frozen_at: now }
  if (state === 'banned') return { state }
  const readmitted = { state: account.confirmed_at === null ? 'pending' : 'active' }
  return frozenBy(account) === 'staff' ? { ...OPEN, ...readmitted } : readmitted
}

/** Ends all sessions of an account. */
export const signOutEverywhere = (needs: Needs, account: Pick<Account, 'id'>): Promise<Account> =>
  signOut(needs, account)

const signOut = (needs: Needs, { id }: Pick<Account, 'id'>, told?: number): Promise<Account> =>
  needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    await endSessions(needs, tx, account, undefined, told)
    return account
  })

const AT_ONCE = 200
/** Transactions side by side: SQLite writes them to the disk together. */
const SIDE_BY_SIDE = 8

/**
 * Ends all sessions of all accounts that have any. Services that follow the feed of revocations are told at once, by one
 * entry; then the accounts follow, some at a time. `tell` hears how many are done. It may be stopped and run again.
 */
export async function signEverybodyOut(needs: Needs, tell: (done: number) => void): Promise<void> {
  let [last, done] = [0, 0]
  let told: number | undefined
  for (;;) {
    const now = needs.clock.now()
    const batch = await signedInAfter(needs.db, last, now, AT_ONCE)
    if (batch.length > 0) told ??= await noteEverybodyEnded(needs.db, now)
    for (let start = 0; start < batch.length; start += SIDE_BY_SIDE)
      await Promise.all(batch.slice(start, start + SIDE_BY_SIDE).map((account) => signOut(needs, account, told)))
    last = batch.at(-1)?.id ?? last
    done += batch.length
    tell(done)
    if (batch.length < AT_ONCE) return
  }
}

/** Closes an account for good: nobody can sign in to it, its sessions end, its e-mail stays taken. */
export const discardAccount = (needs: Needs, account: Account): Promise<Account> =>
  change(
    needs,
    account,
    { discarded_at: account.discarded_at ?? iso(needs.clock.now()) },
    { action: 'account.discarded', signOut: true },
    async (tx, after, before) => {
      if (before.discarded_at === null) await notifyOfAccount(needs, tx, after, 'account_discarded')
    },
  )

/** Opens a discarded account again. */
export const restoreAccount = (needs: Needs, account: Account): Promise<Account> =>
  change(needs, account, { discarded_at: null }, { action: 'account.restored' }, async (tx, after, before) => {
    if (before.discarded_at !== null) await notifyOfAccount(needs, tx, after, 'account_restored')
  })

/**
 * Sets a password without the old one; ends all sessions, the lock and a freeze, and all else that a reset by mail ends.
 * Whoever signs in with it has to replace it before anything else, unless it is `lasting`.
 */
export async function setPassword(
  needs: Needs & Pick<Deps, 'ring'>,
  account: Account,
  password: string,
  { lasting = false }: { lasting?: boolean } = {},
): Promise<Account> {
  refuseWeak(needs, account.email, password)
  const password_digest = await needs.passwords.hash(password)
  const patch = {
    password_digest,
    password_given_at: lasting ? null : iso(needs.clock.now()),
    reset_password_digest: null,
    reset_password_sent_at: null,
    ...OPEN,
  }
  return change(needs, account, patch, { action: 'password.set', signOut: true }, async (tx, after) => {
    await forgetDevices(needs, tx, after.id)
    await deleteEmailChange(tx, after.id)
    await notify(needs, tx, after, 'password_changed')
    await imposeHolds(needs, tx, after, 'password_reset')
  })
}

function change(
  needs: Needs,
  { id }: Account,
  patch: RowPatch<'accounts'>,
  { signOut = false, ...entry }: Omit<Entry, 'account_id'> & { signOut?: boolean },
  follow: (tx: Tx, after: Account, before: Account) => Promise<void> = async () => {},
): Promise<Account> {
  return needs.db.transaction().execute(async (tx) => {
    const before = await lockAccount(tx, id)
    const after = await updateAccount(needs, tx, before, patch)
    await audit(needs, tx, { ...entry, account_id: id })
    if (signOut) await endAccess(needs, tx, after)
    await follow(tx, after, before)
    return after
  })
}

function refuseUnknownRole(role: string): void {
  if (!ROLES.some((known) => known === role)) {
    throw errors.roleUnknown({ body: { error: `Role must be one of ${ROLES.join(', ')}` } })
  }
}

function refuseWeak({ config }: Needs, email: string, password: string): void {
  const found = new ModelErrors()
  for (const part of passwordErrors(config.values.BARONG_PASSWORD_POLICY, password, {
    email,
    words: placeWords(config),
  })) {
    found.add('password', part)
  }
  if (found.any) throw errors.passwordWeak({ body: { error: found.sentence() } })
}
