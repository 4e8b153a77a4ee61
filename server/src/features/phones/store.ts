import { sql } from 'kysely'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import type { NewRow, Phone, RowPatch } from '../../platform/db/schema.ts'

export function findPhone(db: Db, account_id: number, number: string): Promise<Phone | undefined> {
  return db
    .selectFrom('phones')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('number', '=', number)
    .executeTakeFirst()
}

/** All numbers of an account, oldest first. */
export function listPhones(db: Db, account_id: number): Promise<Phone[]> {
  return db.selectFrom('phones').selectAll().where('account_id', '=', account_id).orderBy('id').execute()
}

/** The accounts that have the number. */
export async function listHolders(db: Db, number: string): Promise<number[]> {
  const rows = await db.selectFrom('phones').select('account_id').where('number', '=', number).execute()
  return rows.map(({ account_id }) => account_id)
}

/** Whether the number belongs to an account already. */
export async function isVerified(db: Db, number: string): Promise<boolean> {
  const phone = await db
    .selectFrom('phones')
    .select('id')
    .where('number', '=', number)
    .where('validated_at', 'is not', null)
    .executeTakeFirst()
  return phone !== undefined
}

/** Keeps others from sending codes to the number until the transaction ends; SQLite lets in one writer at a time anyway. */
export async function lockNumber(tx: Tx, number: string): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(hashtextextended(${`phones:${number}`}, 0))`.execute(tx)
}

/** When codes were sent for an account's numbers or to a number after `since`, oldest first. */
export async function listCodeSends(
  db: Db,
  to: { account_id: number } | { number: string },
  since: string,
): Promise<string[]> {
  const [column, value] = 'number' in to ? (['number', to.number] as const) : (['account_id', to.account_id] as const)
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

export function insertPhone(db: Db, phone: NewRow<'phones'>): Promise<Phone> {
  return db.insertInto('phones').values(phone).returningAll().executeTakeFirstOrThrow()
}

export function updatePhone(db: Db, id: number, patch: RowPatch<'phones'>): Promise<Phone> {
  return db.updateTable('phones').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
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
