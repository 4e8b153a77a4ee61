import type { Db } from '../../platform/db/db.ts'

/** Whether the account has a passkey, which is asked for at its sign-in. */
export async function hasPasskey(db: Db, account_id: number): Promise<boolean> {
  const found = await db.selectFrom('passkeys').select('id').where('account_id', '=', account_id).executeTakeFirst()
  return found !== undefined
}
