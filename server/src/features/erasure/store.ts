import { sql } from 'kysely'
import { isPostgres, type Tx } from '../../platform/db/db.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'

/** Tables that hold something of accounts without going with them. */
export const LOOSE = ['outbox', 'events'] as const

export async function listBlobKeys(tx: Tx, account_id: number): Promise<string[]> {
  const rows = await tx.selectFrom('documents').select('blob_key').where('account_id', '=', account_id).execute()
  return rows.map(({ blob_key }) => blob_key)
}

/** Removes what tells of the account without hanging on it. */
export async function deleteLoose(tx: Tx, { id, uid }: Pick<Account, 'id' | 'uid'>): Promise<void> {
  await tx.deleteFrom('oauth_records').where('account_uid', '=', uid).execute()
  for (const table of LOOSE) await tx.deleteFrom(table).where('account_id', '=', id).execute()
}

/** Puts a row that tells nothing in the place of the account's, which takes all that hangs on it away. */
export async function replaceAccount(tx: Tx, id: number, nobody: Omit<NewRow<'accounts'>, 'id'>): Promise<void> {
  await tx.deleteFrom('accounts').where('id', '=', id).execute()
  const row = { id, ...nobody }
  const names = Object.keys(row).map((name) => sql.ref(name))
  const overriding = isPostgres(tx) ? sql`overriding system value` : sql``
  await sql`insert into accounts (${sql.join(names)}) ${overriding} values (${sql.join(Object.values(row))})`.execute(
    tx,
  )
}

export async function deleteMailbox(tx: Tx, recipients: readonly string[]): Promise<void> {
  await tx.deleteFrom('mailbox_messages').where('recipient', 'in', recipients).execute()
}
