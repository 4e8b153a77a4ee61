import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { accountUid } from '../../lib/ids.ts'
import type { Vault } from '../../platform/crypto/vault.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { AccountRows, Standards } from './account-rows.ts'
import { type Fields, Unfit } from './fields.ts'
import { type Claims, findTaken, insertAccounts } from './store.ts'

/** Rows that one transaction writes: long ones would keep the server's own writes waiting. */
export const BATCH = 1000
const TRIES = 5

/** Why a record is refused whose address somebody has. */
export const EMAIL_TAKEN = 'Email has already been taken'

/** What became of a record: the id of its account, or why there is none. */
export type Outcome = { id: number } | { reason: string }

/**
 * Runs a transaction that looks for what is taken and then inserts; again when somebody took something in between, as
 * people who sign up meanwhile do.
 */
export async function inTransaction<T>({ db }: Pick<Deps, 'db'>, run: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await db.transaction().execute(run)
    } catch (error) {
      if (tried === TRIES || !isUniqueViolation(error)) throw error
    }
  }
}

/** Inserts those of the records that can be, each wholly; tells of each in turn. */
export async function insertRecords(
  tx: Tx,
  vault: Vault,
  records: readonly Fields[],
  judge: (record: Fields) => AccountRows,
): Promise<Outcome[]> {
  const judged = records.map((record) => attempt(() => judge(record)))
  const fit = judged.filter((rows) => 'account' in rows)
  const taken = await findTaken(tx, vault, claimsOf(fit))
  const outcomes = judged.map((rows) => ('account' in rows ? claim(rows, taken) : rows))
  const free = outcomes.filter((rows) => 'account' in rows)
  const ids = (await insertAccounts(tx, vault, free)).values()
  return outcomes.map((rows) => ('account' in rows ? { id: ids.next().value ?? 0 } : rows))
}

/** The result, or the reason why there is none. */
export function attempt<T extends object>(judge: () => T): T | { reason: string } {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Unfit) return { reason: error.message }
    throw error
  }
}

/** The standards of this moment. */
export const standardsOf = (needs: Pick<Deps, 'clock'>, levels: Standards['levels']): Standards => ({
  levels,
  now: needs.clock.now(),
})

/** The present instant as rows have it. */
export const nowOf = ({ clock }: Pick<Deps, 'clock'>): string => iso(clock.now())

const numbersOf = ({ phones }: AccountRows): string[] =>
  phones.filter(({ validated_at }) => validated_at !== null).map(({ number }) => number)

function claimsOf(all: readonly AccountRows[]): Claims {
  return {
    emails: new Set(all.map(({ account }) => account.email)),
    uids: new Set(all.map(({ account }) => account.uid)),
    numbers: new Set(all.flatMap(numbersOf)),
    api_keys: new Set(all.flatMap(({ api_keys }) => api_keys.map(({ uid }) => uid))),
    passkeys: new Set(all.flatMap(({ passkeys }) => passkeys.map(({ credential_id }) => credential_id))),
  }
}

/** The rows as they can be inserted, or why they cannot. One uid in a million million is taken already: another one is made. */
function claim(rows: AccountRows, taken: Claims): AccountRows | { reason: string } {
  const { account, is_uid_ours } = rows
  const renamed = is_uid_ours && taken.uids.has(account.uid)
  const free = renamed ? { ...rows, account: { ...account, uid: accountUid() } } : rows
  return clashOf(free, taken) ?? free
}

/** Why the account cannot be inserted; otherwise what it claims is taken from here on. */
function clashOf(rows: AccountRows, taken: Claims): { reason: string } | undefined {
  const { email, uid } = rows.account
  const numbers = numbersOf(rows)
  const keys = rows.api_keys.map((key) => key.uid)
  if (taken.emails.has(email)) return { reason: EMAIL_TAKEN }
  if (taken.uids.has(uid)) return { reason: 'Uid has already been taken' }
  if (numbers.some((number) => taken.numbers.has(number))) return { reason: 'Phone number already exists' }
  if (keys.some((key) => taken.api_keys.has(key)) || new Set(keys).size < keys.length)
    return { reason: 'API key uid has already been taken' }
  if (rows.passkeys.some(({ credential_id }) => taken.passkeys.has(credential_id)))
    return { reason: 'Passkey has already been taken' }
  taken.emails.add(email)
  taken.uids.add(uid)
  for (const number of numbers) taken.numbers.add(number)
  for (const key of keys) taken.api_keys.add(key)
  for (const { credential_id } of rows.passkeys) taken.passkeys.add(credential_id)
  return undefined
}
