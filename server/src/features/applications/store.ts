import { APPLICATION } from '../../platform/db/columns.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { preparedLookup, type Wanted } from '../../platform/db/lookups.ts'
import type { Application, NewRow, RowPatch, Session } from '../../platform/db/schema.ts'

/** The application of a public id (`client_id`). */
export async function findApplication(db: Db, uid: string): Promise<Application | undefined> {
  const [application] = await applicationOf(db, uid)
  return application
}

const applicationOf = preparedLookup('application', 'uid', (db, uid: Wanted<string>) =>
  db.selectFrom('applications').select(APPLICATION).where('uid', '=', uid),
)

/** The application of a public id, kept from changing until the transaction ends; tokens of it can be issued meanwhile. */
export function lockApplication(tx: Tx, uid: string): Promise<Application | undefined> {
  const query = tx.selectFrom('applications').selectAll().where('uid', '=', uid)
  return (isPostgres(tx) ? query.forNoKeyUpdate() : query).executeTakeFirst()
}

/** Those that have a name or a uid that another one wants, kept from changing until the transaction ends. */
export function findRivals(tx: Tx, { name, uid }: Pick<Application, 'name' | 'uid'>): Promise<Application[]> {
  const query = tx.selectFrom('applications').selectAll()
  const rivals = query.where((eb) => eb.or([eb('name', '=', name), eb('uid', '=', uid)])).orderBy('id')
  return (isPostgres(tx) ? rivals.forUpdate() : rivals).execute()
}

/** Whether anything was given to an application, or is asked of it at this moment. */
export async function isUsed(db: Db, { id, uid }: Pick<Application, 'id' | 'uid'>): Promise<boolean> {
  const session = db.selectFrom('sessions').select('id').where('application_id', '=', id).limit(1)
  const record = db.selectFrom('oauth_records').select('id').where('application_uid', '=', uid).limit(1)
  return (await session.executeTakeFirst()) !== undefined || (await record.executeTakeFirst()) !== undefined
}

export function findApplicationByName(db: Db, name: string): Promise<Application | undefined> {
  return db.selectFrom('applications').selectAll().where('name', '=', name).executeTakeFirst()
}

/** All applications, oldest first. */
export function listApplications(db: Db): Promise<Application[]> {
  return db.selectFrom('applications').selectAll().orderBy('id').execute()
}

export async function countApplications(db: Db): Promise<number> {
  const query = db.selectFrom('applications').select((expression) => expression.fn.countAll().as('count'))
  return Number((await query.executeTakeFirstOrThrow()).count)
}

export function insertApplication(db: Db, application: NewRow<'applications'>): Promise<Application> {
  return db.insertInto('applications').values(application).returningAll().executeTakeFirstOrThrow()
}

export function updateApplication(db: Db, id: number, patch: RowPatch<'applications'>): Promise<Application> {
  return db.updateTable('applications').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** The sessions of an application that go on. */
export function listSessionsOf(db: Db, { id }: Pick<Application, 'id'>): Promise<Session[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('application_id', '=', id)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Removes an application; its sessions go with it, and so does what the OAuth engine kept for it. */
export async function deleteApplicationRows(db: Db, { id, uid }: Application): Promise<void> {
  await db.deleteFrom('oauth_records').where('application_uid', '=', uid).execute()
  await db.deleteFrom('applications').where('id', '=', id).execute()
}

/** Accounts that granted an application something that goes on. */
export function listGrantors(db: Db, { id }: Pick<Application, 'id'>): Promise<{ account_id: number }[]> {
  return db
    .selectFrom('sessions')
    .select('account_id')
    .distinct()
    .where('application_id', '=', id)
    .where('grant_id', 'is not', null)
    .where('revoked_at', 'is', null)
    .orderBy('account_id')
    .execute()
}

/** Removes what the OAuth engine kept for an application but for what people consented to. */
export async function deleteGrantedRecords(db: Db, { uid }: Pick<Application, 'uid'>): Promise<void> {
  await db.deleteFrom('oauth_records').where('application_uid', '=', uid).where('kind', '!=', 'Consent').execute()
}

/** Revokes the tokens that people granted an application, and returns them. */
export function revokeGranted(db: Db, { id }: Pick<Application, 'id'>, now: string): Promise<Session[]> {
  return db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('application_id', '=', id)
    .where('grant_id', 'is not', null)
    .where('revoked_at', 'is', null)
    .returningAll()
    .execute()
}

/** The uid of an application, which is the `client_id` that tokens name it by. */
export async function findClientId(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('applications').select('uid').where('id', '=', id).executeTakeFirst()
  return row?.uid
}
