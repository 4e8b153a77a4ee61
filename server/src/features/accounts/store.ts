import type { Db } from '../../platform/db/db.ts'
import type { Account, NewRow } from '../../platform/db/schema.ts'

/** The account of a normalised e-mail, unless it was discarded. */
export function findAccountByEmail(db: Db, email: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('email', '=', email)
    .where('discarded_at', 'is', null)
    .executeTakeFirst()
}

type DigestColumn = 'confirmation_digest' | 'reset_password_digest' | 'unlock_digest'

/** The account that a mailed token belongs to, unless it was discarded. */
export function findAccountByDigest(db: Db, column: DigestColumn, digest: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where(column, '=', digest)
    .where('discarded_at', 'is', null)
    .executeTakeFirst()
}

export function insertAccount(db: Db, account: NewRow<'accounts'>): Promise<Account> {
  return db.insertInto('accounts').values(account).returningAll().executeTakeFirstOrThrow()
}

/** Revokes the account's sessions but one. */
export async function revokeSessions(db: Db, account_id: number, now: string, except?: string): Promise<void> {
  const open = db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('account_id', '=', account_id)
    .where('revoked_at', 'is', null)
  await (except === undefined ? open : open.where('jti', '<>', except)).execute()
}

/** The account of a normalised e-mail, discarded or not: its address stays taken. */
export function findAnyAccountByEmail(db: Db, email: string): Promise<{ id: number } | undefined> {
  return db.selectFrom('accounts').select('id').where('email', '=', email).executeTakeFirst()
}
