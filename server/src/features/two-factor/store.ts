import type { Tx } from '../../platform/db/db.ts'

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
