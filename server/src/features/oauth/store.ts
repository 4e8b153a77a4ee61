import { type ExpressionBuilder, sql } from 'kysely'
import { noteLock } from '../../platform/db/accounts.ts'
import { oldestRemover } from '../../platform/db/batches.ts'
import { ACCOUNT, OAUTH_RECORD, SESSION } from '../../platform/db/columns.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { preparedLookup, type Wanted } from '../../platform/db/lookups.ts'
import { behind, prepared, preparedInsert, preparedInsertBehind } from '../../platform/db/prepared.ts'
import type { Account, NewRow, Row, Session, Tables } from '../../platform/db/schema.ts'

type Record = Row<'oauth_records'>

/** Writes a record, over an earlier one of its kind and key. */
export async function upsertRecord(db: Db, record: NewRow<'oauth_records'>): Promise<void> {
  await behind(db, recordUpserted(db, record))
}

const recordUpserted = preparedInsert('upsert_oauth_record', (db, record: NewRow<'oauth_records'>) =>
  db
    .insertInto('oauth_records')
    .values(record)
    .onConflict((conflict) =>
      conflict.columns(['kind', 'key_digest']).doUpdateSet(({ ref }) => ({
        payload_sealed: ref('excluded.payload_sealed'),
        account_uid: ref('excluded.account_uid'),
        application_uid: ref('excluded.application_uid'),
        grant_id: ref('excluded.grant_id'),
        alias_digest: ref('excluded.alias_digest'),
        expires_at: ref('excluded.expires_at'),
      })),
    ),
)

/** Writes a record unless there is one of its kind and key; tells whether it did. */
export async function insertRecord(db: Db, record: NewRow<'oauth_records'>): Promise<boolean> {
  const [inserted] = await recordInserted(db, record)
  return inserted !== undefined
}

const recordInserted = preparedInsert('insert_oauth_record', (db, record: NewRow<'oauth_records'>) =>
  db
    .insertInto('oauth_records')
    .values(record)
    .onConflict((conflict) => conflict.columns(['kind', 'key_digest']).doNothing())
    .returning('id'),
)

export async function findRecord(db: Db, kind: string, key_digest: string): Promise<Record | undefined> {
  const [record] = await recordOf(db, kind, key_digest)
  return record
}

const recordOf = prepared('oauth_record', (db, kind: string, key_digest: string) =>
  db.selectFrom('oauth_records').select(OAUTH_RECORD).where('kind', '=', kind).where('key_digest', '=', key_digest),
)

export function findRecordByAlias(db: Db, kind: string, alias_digests: readonly string[]): Promise<Record | undefined> {
  return db
    .selectFrom('oauth_records')
    .selectAll()
    .where('kind', '=', kind)
    .where('alias_digest', 'in', alias_digests)
    .orderBy('id', 'desc')
    .executeTakeFirst()
}

/** Marks a record as used; tells whether it was unused until now, which one of many at once is told. */
export async function consumeRecord(db: Db, kind: string, key_digest: string, now: string): Promise<boolean> {
  const [consumed] = await recordConsumed(db, now, kind, key_digest)
  return consumed !== undefined
}

const recordConsumed = prepared('consumed_oauth_record', (db, now: string, kind: string, key_digest: string) =>
  db
    .updateTable('oauth_records')
    .set({ consumed_at: now })
    .where('kind', '=', kind)
    .where('key_digest', '=', key_digest)
    .where('consumed_at', 'is', null)
    .returning('id'),
)

export async function deleteRecord(db: Db, kind: string, key_digest: string): Promise<void> {
  await db.deleteFrom('oauth_records').where('kind', '=', kind).where('key_digest', '=', key_digest).execute()
}

/** Removes everything of a kind that came from one consent. */
export async function deleteRecordsOfGrant(db: Db, kind: string, grant_id: string): Promise<void> {
  await db.deleteFrom('oauth_records').where('kind', '=', kind).where('grant_id', '=', grant_id).execute()
}

/** Removes consented-to grants with all that came from them. */
export async function deleteGrants(db: Db, ids: readonly string[], key_digests: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await db.deleteFrom('oauth_records').where('grant_id', 'in', ids).execute()
  await db.deleteFrom('oauth_records').where('kind', '=', 'Grant').where('key_digest', 'in', key_digests).execute()
}

/** Removes a batch of records whose time is over; returns how many went. */
export const deleteExpiredRecords = oldestRemover('oauth_records', 'expires_at')

/** What tokens are ended by. */
export type TokenColumn = 'grant_id' | 'jti' | 'browser_session'

/** The accounts that have open access tokens that match. */
export function listHolders(db: Db, column: TokenColumn, value: string): Promise<{ account_id: number }[]> {
  return db
    .selectFrom('sessions')
    .select('account_id')
    .distinct()
    .where(column, '=', value)
    .where('revoked_at', 'is', null)
    .orderBy('account_id')
    .execute()
}

/** Revokes the access tokens of an account that match, and returns them. */
export function revokeTokens(
  db: Db,
  account_id: number,
  column: TokenColumn,
  value: string,
  now: string,
): Promise<Session[]> {
  return db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where(column, '=', value)
    .where('account_id', '=', account_id)
    .where('revoked_at', 'is', null)
    .returningAll()
    .execute()
}

/** Keeps an access token as a session of its account. */
export const insertAccessToken = preparedInsertBehind('insert_access_token', (db, token: NewRow<'sessions'>) =>
  db.insertInto('sessions').values(token),
)

/** An access token that is neither revoked nor of an account that can do nothing. */
export async function findAccessToken(db: Db, jti: string) {
  const [token] = await accessToken(db, jti)
  return token
}

const accessToken = preparedLookup('access_token', 'jti', (db, jti: Wanted<string>) =>
  db
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .innerJoin('applications', 'applications.id', 'sessions.application_id')
    .select([
      'sessions.jti',
      'sessions.oauth_payload',
      'sessions.created_at',
      'sessions.expires_at',
      'accounts.uid as account_uid',
      'applications.uid as application_uid',
    ])
    .where('sessions.jti', '=', jti)
    .where('sessions.revoked_at', 'is', null)
    .where(isAble),
)

/** The account of a uid, unless it can do nothing, kept from changing until the transaction ends. */
export async function lockPerson(tx: Tx, uid: string): Promise<Account | undefined> {
  const [person] = await lockedPerson(tx, uid)
  if (person) noteLock(tx, person.id)
  return person
}

const lockedPerson = prepared('locked_person', (tx, uid: string) => {
  const query = tx.selectFrom('accounts').select(ACCOUNT).where('uid', '=', uid).where(isAble)
  return isPostgres(tx) ? query.forUpdate() : query
})

/** The row that a signed-in browser is. */
export async function findBrowserSession(db: Db, browser_session: string): Promise<Session | undefined> {
  const [session] = await browserSession(db, browser_session)
  return session
}

const browserSession = prepared('browser_session', (db, browser_session: string) =>
  db
    .selectFrom('sessions')
    .select(SESSION)
    .where('browser_session', '=', browser_session)
    .where('application_id', 'is', null),
)

/** Moves the end of a browser's sign-in, and the moment the person last proved who they are. */
export async function prolongBrowserSession(
  db: Db,
  id: number,
  times: Pick<Session, 'authenticated_at' | 'expires_at'>,
): Promise<void> {
  await db.updateTable('sessions').set(times).where('id', '=', id).execute()
}

/** Gives the tokens of a session another id. */
export async function renameSession(db: Db, id: number, jti: string): Promise<void> {
  await db.updateTable('sessions').set({ jti }).where('id', '=', id).execute()
}

/** The account of a uid, unless it can do nothing. */
export async function findPerson(db: Db, uid: string): Promise<Account | undefined> {
  const [person] = await personOf(db, uid)
  return person
}

const personOf = prepared('person', (db, uid: string) =>
  db.selectFrom('accounts').select(ACCOUNT).where('uid', '=', uid).where(isAble),
)

/** Whether an account can do anything: it is neither discarded, banned nor frozen, and its owner confirmed it. */
const isAble = ({ and, eb }: ExpressionBuilder<Tables, 'accounts'>) =>
  and([
    eb('accounts.discarded_at', 'is', null),
    eb('accounts.frozen_at', 'is', null),
    eb('accounts.state', '=', sql.lit('active')),
  ])

/** What a person allowed, with the application's name, the newest first. */
export function listConsents(db: Db, account_uid: string) {
  return db
    .selectFrom('oauth_records')
    .innerJoin('applications', 'applications.uid', 'oauth_records.application_uid')
    .select(['oauth_records.key_digest', 'oauth_records.payload_sealed', 'oauth_records.created_at'])
    .select(['applications.uid as application_uid', 'applications.name as application_name'])
    .where('oauth_records.kind', '=', 'Consent')
    .where('oauth_records.account_uid', '=', account_uid)
    .orderBy('oauth_records.id', 'desc')
    .execute()
}

/** Removes consents, grants, codes and refresh tokens that an application has of an account. */
export async function deleteApplicationRecords(db: Db, account_uid: string, application_uid: string): Promise<void> {
  await db
    .deleteFrom('oauth_records')
    .where('account_uid', '=', account_uid)
    .where('application_uid', '=', application_uid)
    .execute()
}

/** Revokes the access tokens that an application fetched for an account, and returns them. */
export function revokeApplicationTokens(
  db: Db,
  account_id: number,
  application_uid: string,
  now: string,
): Promise<Session[]> {
  return db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('account_id', '=', account_id)
    .where('application_id', 'in', db.selectFrom('applications').select('id').where('uid', '=', application_uid))
    .where('grant_id', 'is not', null)
    .where('revoked_at', 'is', null)
    .returningAll()
    .execute()
}

/** The public id of an application. */
export async function findApplicationUid(db: Db, id: number): Promise<string> {
  const { uid } = await db.selectFrom('applications').select('uid').where('id', '=', id).executeTakeFirstOrThrow()
  return uid
}
