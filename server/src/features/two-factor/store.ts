import { sql } from 'kysely'
import { isAmong } from '../../platform/db/bulk.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'

/** Uses up a time step and all before it; false when it was used up already, by whomever. */
export async function advanceOtpStep(tx: Tx, account_id: number, step: number): Promise<boolean> {
  const advanced = await tx
    .updateTable('accounts')
    .set({ otp_last_step: step })
    .where('id', '=', account_id)
    .where((eb) => eb.or([eb('otp_last_step', 'is', null), eb('otp_last_step', '<', step)]))
    .returning('id')
    .executeTakeFirst()
  return advanced !== undefined
}

/** Puts new codes in the place of all the account has. */
export async function replaceRecoveryCodes(
  tx: Tx,
  account_id: number,
  { digests, ...made }: { digests: readonly string[]; salt: string; created_at: string },
): Promise<void> {
  await removeRecoveryCodes(tx, account_id)
  await tx
    .insertInto('recovery_codes')
    .values(digests.map((digest) => ({ ...made, account_id, digest })))
    .execute()
}

/** Voids all codes of the account. */
export async function removeRecoveryCodes(tx: Tx, account_id: number): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('account_id', '=', account_id).execute()
}

/** What the account's codes are hashed with. */
export async function recoveryCodeSalts(db: Db, account_id: number): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('recovery_codes')
    .select('salt')
    .distinct()
    .where('account_id', '=', account_id)
    .execute()
  return rows.map(({ salt }) => salt)
}

/** Uses up the code that has one of the digests; false when there is none that is unused. */
export async function useRecoveryCode(
  tx: Tx,
  account_id: number,
  digests: readonly string[],
  used_at: string,
): Promise<boolean> {
  const used = await tx
    .updateTable('recovery_codes')
    .set({ used_at })
    .where('account_id', '=', account_id)
    .where('digest', 'in', digests)
    .where('used_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return used !== undefined
}

export async function countUnusedCodes(db: Db, account_id: number): Promise<number> {
  const { count } = await db
    .selectFrom('recovery_codes')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** How many unused codes each of these accounts has; who has none is not in it. */
export async function countUnusedCodesOf(db: Db, account_ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('recovery_codes')
    .select(['account_id', (eb) => eb.fn.countAll().as('count')])
    .where(isAmong(db, 'account_id', account_ids))
    .where('used_at', 'is', null)
    .groupBy('account_id')
    .execute()
  return new Map(rows.map(({ account_id, count }) => [account_id, Number(count)]))
}

/** Sets the secrets of many accounts with one statement. */
export async function setSecrets(tx: Tx, rows: readonly { id: number; sealed: string }[]): Promise<void> {
  if (rows.length === 0) return
  const given = isPostgres(tx)
    ? sql`json_to_recordset(${JSON.stringify(rows)}::json) as given(id bigint, sealed text)`
    : sql`(select json_extract(value, '$.id') as id, json_extract(value, '$.sealed') as sealed from json_each(${JSON.stringify(rows)})) as given`
  await sql`update accounts set otp_secret_sealed = given.sealed from ${given} where accounts.id = given.id`.execute(tx)
}
