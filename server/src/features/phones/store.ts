import { sql } from 'kysely'
import type { DataKey, Vault } from '../../platform/crypto/vault.ts'
import { insertMany, isAmong } from '../../platform/db/bulk.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { NewRow, Phone, Row, RowPatch } from '../../platform/db/schema.ts'

/** A phone as it is inserted, its number in the clear. */
export type PhoneToInsert = Omit<NewRow<'phones'>, 'number_sealed' | 'number_index'> & Pick<Phone, 'number'>
type PhonePatch = Omit<RowPatch<'phones'>, 'number_sealed' | 'number_index' | 'account_id'>

export async function findPhone(db: Db, vault: Vault, account_id: number, number: string): Promise<Phone | undefined> {
  const row = await db
    .selectFrom('phones')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('number_index', '=', indexOf(vault, number))
    .executeTakeFirst()
  return row && openPhone(await vault.keyOf(db, account_id), row)
}

/** All numbers of an account, oldest first. */
export async function listPhones(db: Db, vault: Vault, account_id: number): Promise<Phone[]> {
  const rows = await phonesOf(db, account_id)
  if (rows.length === 0) return []
  const key = await vault.keyOf(db, account_id)
  return rows.map((row) => openPhone(key, row))
}

/** The latest numbers of an account, oldest first. */
export async function listLatestPhones(db: Db, vault: Vault, account_id: number, limit: number): Promise<Phone[]> {
  const latest = db.selectFrom('phones').select(PHONE).where('account_id', '=', account_id)
  const rows = await latest.orderBy('id', 'desc').limit(limit).execute()
  if (rows.length === 0) return []
  const key = await vault.keyOf(db, account_id)
  return rows.reverse().map((row) => openPhone(key, row))
}

const PHONE = [
  'id',
  'account_id',
  'number_sealed',
  'number_index',
  'country',
  'code_digest',
  'code_sent_at',
  'code_attempts',
  'code_sends',
  'validated_at',
  'created_at',
  'updated_at',
] as const

const phonesOf = prepared('phones_of_account', (db, account_id: number) =>
  db.selectFrom('phones').select(PHONE).where('account_id', '=', account_id).orderBy('id'),
)

/** The account that verified the number. */
export async function findOwner(db: Db, vault: Vault, number: string): Promise<number | undefined> {
  const phone = await db
    .selectFrom('phones')
    .select('account_id')
    .where('number_index', '=', indexOf(vault, number))
    .where('validated_at', 'is not', null)
    .executeTakeFirst()
  return phone?.account_id
}

/** The accounts that have the number, whoever it is verified for first. */
export async function listHolders(db: Db, vault: Vault, number: string): Promise<number[]> {
  const rows = await db
    .selectFrom('phones')
    .select(['account_id', 'validated_at'])
    .where('number_index', '=', indexOf(vault, number))
    .orderBy('id')
    .execute()
  const verified = ({ validated_at }: { validated_at: string | null }) => (validated_at === null ? 1 : 0)
  return rows.sort((one, other) => verified(one) - verified(other)).map(({ account_id }) => account_id)
}

/** Which of the numbers belong to an account. */
export async function findVerifiedNumbers(db: Db, vault: Vault, numbers: readonly string[]): Promise<Set<string>> {
  if (numbers.length === 0) return new Set()
  const byIndex = new Map(numbers.map((number) => [indexOf(vault, number), number]))
  const rows = await db
    .selectFrom('phones')
    .select('number_index')
    .where(isAmong(db, 'number_index', [...byIndex.keys()]))
    .where('validated_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ number_index }) => byIndex.get(number_index) ?? ''))
}

/** Keeps others from sending codes to the number until the transaction ends; SQLite lets in one writer at a time anyway. */
export async function lockNumber(tx: Tx, number: string): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(hashtextextended(${`phones:${number}`}, 0))`.execute(tx)
}

/** When codes were sent for an account's numbers or to a number after `since`, oldest first. */
export async function listCodeSends(
  db: Db,
  vault: Vault,
  to: { account_id: number } | { number: string },
  since: string,
): Promise<string[]> {
  const [column, value] =
    'number' in to ? (['number_index', indexOf(vault, to.number)] as const) : (['account_id', to.account_id] as const)
  const phones = await db
    .selectFrom('phones')
    .select('code_sends')
    .where(column, '=', value)
    .where('code_sent_at', '>', since)
    .execute()
  return phones
    .flatMap((phone): string[] => JSON.parse(phone.code_sends))
    .filter((instant) => instant > since)
    .sort()
}

/** Inserts numbers, each once for its account. */
export async function insertPhones(tx: Tx, vault: Vault, phones: readonly PhoneToInsert[]): Promise<void> {
  const keys = await vault.keysOf(
    tx,
    phones.map(({ account_id }) => account_id),
  )
  const rows = phones.flatMap(({ number, ...phone }) => {
    const key = keys.get(phone.account_id)
    if (!key) return []
    const number_index = indexOf(vault, number)
    return [{ ...phone, number_index, number_sealed: key.seal('phones.number_sealed', number_index, number) }]
  })
  await insertMany(tx, 'phones', rows)
}

export async function updatePhone(db: Db, id: number, patch: PhonePatch): Promise<void> {
  await db.updateTable('phones').set(patch).where('id', '=', id).execute()
}

/** Counts a wrong code; the addition is the database's. */
export async function countWrongCode(db: Db, id: number, now: string): Promise<void> {
  await db
    .updateTable('phones')
    .set((eb) => ({ code_attempts: eb('code_attempts', '+', 1), updated_at: now }))
    .where('id', '=', id)
    .execute()
}

/** Removes the account's unverified numbers beyond the `keep` latest, but none that a code was sent to after `since`. */
export async function deleteStalePhones(db: Db, account_id: number, keep: number, since: string): Promise<void> {
  const pending = db
    .selectFrom('phones')
    .select('id')
    .where('account_id', '=', account_id)
    .where('validated_at', 'is', null)
  const latest = pending.orderBy('updated_at', 'desc').orderBy('id', 'desc').limit(keep)
  await db
    .deleteFrom('phones')
    .where('id', 'in', pending)
    .where('id', 'not in', latest)
    .where((eb) => eb.or([eb('code_sent_at', 'is', null), eb('code_sent_at', '<=', since)]))
    .execute()
}

/** Whether the account has proved a number before. */
export async function hasVerifiedPhone(db: Db, account_id: number): Promise<boolean> {
  const phone = await db
    .selectFrom('phones')
    .select('id')
    .where('account_id', '=', account_id)
    .where('validated_at', 'is not', null)
    .executeTakeFirst()
  return phone !== undefined
}

/** The phone that a row holds. */
export function openPhone(key: DataKey, { number_sealed, number_index, ...rest }: Row<'phones'>): Phone {
  return { ...rest, number: key.open('phones.number_sealed', number_index, number_sealed).toString() }
}

const indexOf = (vault: Vault, number: string): string => vault.index('phones.number_index', number)
