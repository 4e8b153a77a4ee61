import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { findAccountByEmail, findAccountByUid, normalizeEmail } from '../accounts/accounts.ts'
import { recordAct } from '../audit/audit.ts'
import { findOwner, parsePhoneNumber } from '../phones/phones.ts'
import { profileOf } from '../profiles/profiles.ts'
import type { AccountLookup, FoundAccountView, NamedAccountView } from './schema.ts'
import { findAccountById } from './store.ts'

const errors = defineErrors('management', {
  notFound: [404, 'Record is not found'],
  noUid: [422, 'UID is missing, UID is empty'],
})

type Needs = Pick<Deps, 'db' | 'vault'>

/** The account of that uid; 404 when there is none or it was discarded. */
export async function accountOf({ db }: Pick<Needs, 'db'>, uid: string): Promise<Account> {
  return found(await findAccountByUid(db, uid))
}

/** An account by whichever of its names is given, with its profile. */
export async function readAccount(
  needs: Needs & Pick<Deps, 'clock'>,
  lookup: AccountLookup,
): Promise<FoundAccountView> {
  const account =
    lookup.uid === undefined ? found(await findByOtherName(needs, lookup)) : await accountOf(needs, lookup.uid)
  await recordAct(needs, { action: 'management.account_read', account_id: account.id })
  const named = await viewOf(needs, account)
  // Whoever named the uid gets the exact keys of 1.8.26; whoever did not learns it.
  if (lookup.uid === undefined) return named
  const { uid: _, ...view } = named
  return view
}

/** The account as back-office services see it. */
export async function viewOf(needs: Needs, account: Account): Promise<NamedAccountView> {
  const { email, uid, role, level, state } = account
  return {
    email,
    uid,
    role,
    level,
    otp_enabled: account.otp_enabled_at !== null,
    state,
    profile: (await profileOf(needs, account)) ?? null,
    created_at: isoSeconds(account.created_at),
    updated_at: isoSeconds(account.updated_at),
  }
}

async function findByOtherName(
  { db, vault }: Needs,
  { email, phone_number }: AccountLookup,
): Promise<Account | undefined> {
  if (email !== undefined) return findAccountByEmail(db, normalizeEmail(email))
  if (phone_number === undefined) throw errors.noUid()
  const phone = parsePhoneNumber(phone_number)
  const owner = phone && (await findOwner(db, vault, phone.number))
  return owner === undefined ? undefined : findAccountById(db, owner)
}

function found(account: Account | undefined): Account {
  if (!account) throw errors.notFound()
  return account
}
