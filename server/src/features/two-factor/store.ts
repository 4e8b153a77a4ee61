import type { Db, Tx } from '../../platform/db/db.ts'

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
  digests: readonly string[],
  created_at: string,
): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('account_id', '=', account_id).execute()
  if (digests.length === 0) return
  const rows = digests.map((digest) => ({ account_id, digest, created_at }))
  await tx.insertInto('recovery_codes').values(rows).execute()
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
