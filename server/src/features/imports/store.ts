import { sql } from 'kysely'
import type { DataKey, Vault } from '../../platform/crypto/vault.ts'
import { insertMany, isAmong } from '../../platform/db/bulk.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Phone, Profile, Row } from '../../platform/db/schema.ts'
import { findVerifiedNumbers, insertPhones, openPhone } from '../phones/phones.ts'
import { insertProfiles, openProfile } from '../profiles/profiles.ts'
import { moveSecretsIn } from '../two-factor/two-factor.ts'
import type { AccountRows } from './account-rows.ts'
import type { OwnedTable } from './owned-rows.ts'

/** What must be unique among all accounts, as far as these rows claim it. */
export interface Claims {
  emails: Set<string>
  uids: Set<string>
  /** Verified phone numbers. */
  numbers: Set<string>
  /** Public ids of API keys. */
  api_keys: Set<string>
  /** Credential ids of passkeys. */
  passkeys: Set<string>
}

/** Which of the claims are taken. */
export async function findTaken(db: Db, vault: Vault, claims: Claims): Promise<Claims> {
  const { emails, uids, numbers, api_keys, passkeys } = claims
  const accounts = await db
    .selectFrom('accounts')
    .select('email')
    .where(isAmong(db, 'email', [...emails]))
    .execute()
  const byUid = await db
    .selectFrom('accounts')
    .select('uid')
    .where(isAmong(db, 'uid', [...uids]))
    .execute()
  return {
    emails: new Set(accounts.map(({ email }) => email)),
    uids: new Set(byUid.map(({ uid }) => uid)),
    numbers: await findVerifiedNumbers(db, vault, [...numbers]),
    api_keys: new Set((await findApiKeyOwners(db, [...api_keys])).keys()),
    passkeys: await findCredentials(db, [...passkeys]),
  }
}

/** The uids of the accounts up to `last_id` that have one of these addresses, by the address. */
export async function findAccountsBefore(
  db: Db,
  last_id: number,
  emails: readonly string[],
): Promise<Map<string, string>> {
  if (emails.length === 0) return new Map()
  const rows = await db
    .selectFrom('accounts')
    .select(['email', 'uid'])
    .where(isAmong(db, 'email', emails))
    .where('id', '<=', last_id)
    .execute()
  return new Map(rows.map(({ email, uid }) => [email, uid]))
}

/** The highest id of an account; 0 where there is none. */
export async function lastAccountId(db: Db): Promise<number> {
  const last = await db.selectFrom('accounts').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return last?.id ?? 0
}

async function findCredentials(db: Db, credential_ids: readonly string[]): Promise<Set<string>> {
  if (credential_ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('passkeys')
    .select('credential_id')
    .where(isAmong(db, 'credential_id', credential_ids))
    .execute()
  return new Set(rows.map(({ credential_id }) => credential_id))
}

/** The account that each of these API keys belongs to. */
export async function findApiKeyOwners(db: Db, uids: readonly string[]): Promise<Map<string, number>> {
  if (uids.length === 0) return new Map()
  const rows = await db
    .selectFrom('api_keys')
    .select(['uid', 'account_id'])
    .where(isAmong(db, 'uid', uids))
    .execute()
  return new Map(rows.map(({ uid, account_id }) => [uid, account_id]))
}

/** Inserts the accounts with all that hangs on them; returns their ids in the order given. */
export async function insertAccounts(tx: Tx, vault: Vault, all: readonly AccountRows[]): Promise<number[]> {
  const accounts = all.map(({ account }) => account)
  const inserted = await insertMany(tx, 'accounts', accounts, ['id', 'uid'])
  const ids = new Map(inserted.map(({ id, uid }) => [uid, id]))
  const ordered = accounts.map(({ uid }) => ids.get(uid) ?? 0)
  const owned = <R extends object>(rowsOf: (one: AccountRows) => R[]) =>
    all.flatMap((one, index) => rowsOf(one).map((row) => ({ account_id: ordered[index] ?? 0, ...row })))
  await insertMany(
    tx,
    'labels',
    owned(({ labels }) => labels),
  )
  await insertPhones(
    tx,
    vault,
    owned(({ phones }) => phones),
  )
  await insertProfiles(
    tx,
    vault,
    owned(({ profiles }) => profiles),
  )
  await insertMany(
    tx,
    'api_keys',
    owned(({ api_keys }) => api_keys),
  )
  await insertMany(
    tx,
    'passkeys',
    owned(({ passkeys }) => passkeys),
  )
  const secrets = owned(({ otp_secret: secret }) => (secret === undefined ? [] : [{ secret }]))
  await moveSecretsIn(vault, tx, secrets)
  return ordered
}

/** How many lines of the file were dealt with, when an earlier run of its import did not come to the end. */
export async function findProgress(db: Db, source: string): Promise<number> {
  const row = await db.selectFrom('import_progress').select('line').where('source', '=', source).executeTakeFirst()
  return row?.line ?? 0
}

export async function saveProgress(db: Db, source: string, line: number, updated_at: string): Promise<void> {
  await db
    .insertInto('import_progress')
    .values({ source, line, updated_at })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ line, updated_at }))
    .execute()
}

/** The import came to the end: the next one begins at the first line. */
export async function deleteProgress(db: Db, source: string): Promise<void> {
  await db.deleteFrom('import_progress').where('source', '=', source).execute()
}

/** Which of our rows these rows of another database became, by their ids there. */
export async function findImported(
  db: Db,
  source: string,
  source_table: string,
  ids: readonly string[],
): Promise<Map<string, number | null>> {
  const rows = await db
    .selectFrom('imported_rows')
    .select(['source_id', 'row_id'])
    .where('source', '=', source)
    .where('source_table', '=', source_table)
    .where(isAmong(db, 'source_id', [...new Set(ids)]))
    .execute()
  return new Map(rows.map(({ source_id, row_id }) => [source_id, row_id]))
}

/** Notes which of our rows rows of another database became. */
export async function insertImported(
  db: Db,
  source: string,
  source_table: string,
  pairs: readonly { source_id: string; row_id: number | null }[],
): Promise<void> {
  await insertMany(
    db,
    'imported_rows',
    pairs.map((pair) => ({ source, source_table, ...pair })),
  )
}

/** Accounts taken over from another database, after an id of ours, in the order of these ids. */
export function listImportedAccounts(db: Db, source: string, after: number, limit: number) {
  return db
    .selectFrom('accounts')
    .innerJoin('imported_rows', 'imported_rows.row_id', 'accounts.id')
    .select(['accounts.id', 'accounts.level', 'imported_rows.source_id'])
    .where('imported_rows.source', '=', source)
    .where('imported_rows.source_table', '=', 'accounts')
    .where('accounts.id', '>', after)
    .orderBy('accounts.id')
    .limit(limit)
    .execute()
}

/** Puts the level of an account right that nobody uses yet. */
export async function setLevel(db: Db, id: number, level: number): Promise<void> {
  await db.updateTable('accounts').set({ level }).where('id', '=', id).execute()
}

/** An account, or something that belongs to one. */
type Owner = Pick<Row<'accounts'>, 'id'> | { account_id: number }

/** Rows of a table that belong to these accounts, or to the same ones as these, oldest first. */
export async function listOwned<T extends OwnedTable>(db: Db, table: T, page: readonly Owner[]): Promise<Row<T>[]> {
  const ids = [...new Set(page.map((owner) => ('account_id' in owner ? owner.account_id : owner.id)))]
  const query = sql<Row<T>>`select * from ${sql.table(table)} where ${isAmong(db, 'account_id', ids)} order by id`
  return (await query.execute(db)).rows
}

/** Numbers of these accounts, or of the same ones as these, opened. */
export async function listOwnedPhones(db: Db, vault: Vault, page: readonly Owner[]): Promise<Phone[]> {
  return openedRows(db, vault, await listOwned(db, 'phones', page), openPhone)
}

/** Profiles of these accounts, opened. */
export async function listOwnedProfiles(db: Db, vault: Vault, page: readonly Owner[]): Promise<Profile[]> {
  return openedRows(db, vault, await listOwned(db, 'profiles', page), openProfile)
}

async function openedRows<R extends { account_id: number }, Opened>(
  db: Db,
  vault: Vault,
  rows: readonly R[],
  open: (key: DataKey, row: R) => Opened,
): Promise<Opened[]> {
  const keys = await vault.keysOf(
    db,
    rows.map(({ account_id }) => account_id),
  )
  return rows.flatMap((row) => {
    const key = keys.get(row.account_id)
    return key ? [open(key, row)] : []
  })
}

/** The accounts after an id, in the order of their ids. */
export function listAccountsAfter(db: Db, id: number, limit: number): Promise<Row<'accounts'>[]> {
  return db.selectFrom('accounts').selectAll().where('id', '>', id).orderBy('id').limit(limit).execute()
}
