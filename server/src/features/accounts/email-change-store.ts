import { oldestRemover } from '../../platform/db/batches.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

type EmailChange = Row<'email_changes'>

/** Changes that wait for an answer: they end with the session that asked, unless that was only over, and after their time. */
const waiting = (db: Db, now: string) =>
  db
    .selectFrom('email_changes')
    .selectAll()
    .where('email_changes.expires_at', '>', now)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('sessions')
          .select('sessions.id')
          .whereRef('sessions.jti', '=', 'email_changes.jti')
          .where('sessions.revoked_at', 'is', null),
      ),
    )

export function findEmailChange(db: Db, account_id: number, now: string): Promise<EmailChange | undefined> {
  return waiting(db, now).where('email_changes.account_id', '=', account_id).executeTakeFirst()
}

/** The change that one of the two mailed tokens belongs to. */
export function findEmailChangeByDigest(
  db: Db,
  digests: readonly string[],
  now: string,
): Promise<EmailChange | undefined> {
  return waiting(db, now)
    .where((eb) => eb.or([eb('old_digest', 'in', digests), eb('new_digest', 'in', digests)]))
    .executeTakeFirst()
}

/** Puts a change in the place of the one the account has. The account must be locked. */
export async function replaceEmailChange(tx: Tx, change: NewRow<'email_changes'>): Promise<void> {
  await deleteEmailChange(tx, change.account_id)
  await tx.insertInto('email_changes').values(change).execute()
}

/** Notes that the owner of one address agreed. */
export function noteAgreement(
  tx: Tx,
  id: number,
  side: 'old_confirmed_at' | 'new_confirmed_at',
  now: string,
): Promise<EmailChange> {
  return tx
    .updateTable('email_changes')
    .set({ [side]: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Removes the account's change; tells whether there was one. */
export async function deleteEmailChange(tx: Tx, account_id: number): Promise<boolean> {
  const removed = await tx
    .deleteFrom('email_changes')
    .where('account_id', '=', account_id)
    .returning('id')
    .executeTakeFirst()
  return removed !== undefined
}

/** Removes a batch of changes whose time is over; returns how many. */
export const deleteExpiredEmailChanges = oldestRemover('email_changes', 'expires_at')
