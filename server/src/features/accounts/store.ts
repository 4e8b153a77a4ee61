import { iso } from '../../lib/clock.ts'
import { ACCOUNT } from '../../platform/db/columns.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { Account, ApiKey, NewRow, Passkey, Session } from '../../platform/db/schema.ts'
import { ROWLESS } from '../../platform/events/revocations.ts'

/** The account of a normalised e-mail, unless it was discarded. */
export async function findAccountByEmail(db: Db, email: string): Promise<Account | undefined> {
  const [account] = await accountOfEmail(db, email)
  return account
}

const accountOfEmail = prepared('account_of_email', (db, email: string) =>
  db.selectFrom('accounts').select(ACCOUNT).where('email', '=', email).where('discarded_at', 'is', null),
)

/** What the account's password is compared with. */
export async function findPasswordDigest(db: Db, id: number): Promise<string> {
  const query = db.selectFrom('accounts').select('password_digest').where('id', '=', id)
  return (await query.executeTakeFirstOrThrow()).password_digest
}

type DigestColumn = 'confirmation_digest' | 'reset_password_digest' | 'unlock_digest'

/** The account that a mailed token belongs to, unless it was discarded or banned. */
export function findAccountByDigest(
  db: Db,
  column: DigestColumn,
  digests: readonly string[],
): Promise<Account | undefined> {
  return usable(db).where(column, 'in', digests).executeTakeFirst()
}

/** The same, kept from changing until the transaction ends: of two that bring one token, the second finds it gone. */
export function lockAccountByDigest(
  tx: Tx,
  column: DigestColumn,
  digests: readonly string[],
): Promise<Account | undefined> {
  const query = usable(tx).where(column, 'in', digests)
  return (isPostgres(tx) ? query.forUpdate() : query).executeTakeFirst()
}

/** The account of a normalised e-mail, unless it was discarded or banned, kept from changing until the transaction ends. */
export function lockAccountByEmail(tx: Tx, email: string): Promise<Account | undefined> {
  const query = usable(tx).where('email', '=', email)
  return (isPostgres(tx) ? query.forUpdate() : query).executeTakeFirst()
}

const usable = (db: Db) =>
  db.selectFrom('accounts').selectAll().where('discarded_at', 'is', null).where('state', '<>', 'banned')

export function insertAccount(db: Db, account: NewRow<'accounts'>): Promise<Account> {
  return db.insertInto('accounts').values(account).returningAll().executeTakeFirstOrThrow()
}

/** Sets what somebody is written to in, and by whose pages they come in. */
export async function setReader(db: Db, id: number, reader: Pick<Account, 'language' | 'host'>): Promise<void> {
  await db.updateTable('accounts').set(reader).where('id', '=', id).execute()
}

/**
 * Ends everything an account is signed in by: sessions, OAuth tokens, codes on their way, browsers. All but the session
 * `except`, which keeps its browser and what it is renewed with. Returns the sessions that ended.
 */
export async function revokeSessions(db: Db, account_id: number, now: string, except?: string): Promise<Session[]> {
  const kept = except === undefined ? undefined : await findOrigin(db, except)
  const open = db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('account_id', '=', account_id)
    .where('revoked_at', 'is', null)
  const others = kept ? open.where('jti', 'not in', [kept.jti, kept.grant_id ?? kept.jti]) : open
  const ended = await others.returningAll().execute()
  const records = db
    .deleteFrom('oauth_records')
    .where('account_uid', '=', db.selectFrom('accounts').select('uid').where('id', '=', account_id))
    .where('kind', 'in', SIGNED_IN_BY)
    .where((eb) => eb.or([eb('grant_id', 'is', null), eb('grant_id', '<>', kept?.grant_id ?? '')]))
    .where((eb) => eb.or([eb('alias_digest', 'is', null), eb('alias_digest', '<>', kept?.browser_session ?? '')]))
  await records.execute()
  return ended
}

/** The account's API keys that are switched on, which nobody changes until the transaction ends. */
export function activeApiKeys(tx: Tx, account_id: number): Promise<ApiKey[]> {
  const active = tx
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('state', '=', 'active')
    // As uses are noted: who locks several keys takes them in one order.
    .orderBy('id')
  return (isPostgres(tx) ? active.forUpdate() : active).execute()
}

/** Switches the account's API keys off; returns each as it was and as it is. */
export async function deactivateApiKeys(tx: Tx, account_id: number, now: string): Promise<[ApiKey, ApiKey][]> {
  const before = await activeApiKeys(tx, account_id)
  if (before.length === 0) return []
  const patch = { state: 'inactive', updated_at: now }
  const ids = before.map(({ id }) => id)
  await tx.updateTable('api_keys').set(patch).where('id', 'in', ids).execute()
  return before.map((key) => [key, { ...key, ...patch }])
}

const SIGNED_IN_BY = ['Session', 'Interaction', 'AuthorizationCode', 'DeviceCode', 'RefreshToken']

const findOrigin = (db: Db, jti: string) =>
  db.selectFrom('sessions').select(['jti', 'grant_id', 'browser_session']).where('jti', '=', jti).executeTakeFirst()

/** The account of a normalised e-mail, discarded or not: its address stays taken. */
export function findAnyAccountByEmail(db: Db, email: string): Promise<{ id: number } | undefined> {
  return db.selectFrom('accounts').select('id').where('email', '=', email).executeTakeFirst()
}

/** The account of a public id, unless it was discarded. */
export function findAccountByUid(db: Db, uid: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where('uid', '=', uid)
    .where('discarded_at', 'is', null)
    .executeTakeFirst()
}

/** Any account by normalised e-mail or by uid, discarded or not. */
export function findAnyAccount(db: Db, email_or_uid: string): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .selectAll()
    .where((eb) => eb.or([eb('email', '=', email_or_uid), eb('uid', '=', email_or_uid.toUpperCase())]))
    .executeTakeFirst()
}

/** The next accounts by their number of which a token may be good, or a sign-in under way. */
export function signedInAfter(db: Db, id: number, now: number, limit: number): Promise<Pick<Account, 'id'>[]> {
  const recently = iso(now - ROWLESS)
  return db
    .selectFrom('accounts')
    .select('accounts.id')
    .where('accounts.id', '>', id)
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom('sessions')
            .select('sessions.id')
            .whereRef('sessions.account_id', '=', 'accounts.id')
            .where('sessions.expires_at', '>', recently)
            .where((eb) => eb.or([eb('sessions.revoked_at', 'is', null), eb('sessions.revoked_at', '>', recently)])),
        ),
        exists(
          selectFrom('oauth_records')
            .select('oauth_records.id')
            .whereRef('oauth_records.account_uid', '=', 'accounts.uid')
            .where('oauth_records.kind', 'in', SIGNED_IN_BY),
        ),
      ]),
    )
    .orderBy('accounts.id')
    .limit(limit)
    .execute()
}

/** Removes passkeys of the account that were added at that time or later; returns them. */
export function deletePasskeysSince(tx: Tx, account_id: number, since: string): Promise<Passkey[]> {
  return tx
    .deleteFrom('passkeys')
    .where('account_id', '=', account_id)
    .where('created_at', '>=', since)
    .returningAll()
    .execute()
}

/** Whether the account has a passkey. */
export async function hasPasskey(tx: Tx, account_id: number): Promise<boolean> {
  const row = await tx.selectFrom('passkeys').select('id').where('account_id', '=', account_id).executeTakeFirst()
  return row !== undefined
}

/** Voids recovery codes of the account that were made at that time or later; all of them without one. */
export async function deleteRecoveryCodesSince(tx: Tx, account_id: number, since?: string): Promise<void> {
  const all = tx.deleteFrom('recovery_codes').where('account_id', '=', account_id)
  await (since === undefined ? all : all.where('created_at', '>=', since)).execute()
}
