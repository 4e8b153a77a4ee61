import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { preparedInsertBehind } from '../../platform/db/prepared.ts'
import type { AuditRecord, NewRow, Tables } from '../../platform/db/schema.ts'
import { type ChainedRecord, type Link, type Part, START } from './chain.ts'

const TURN = 'barong:audit'

export async function insertRecord(tx: Tx, record: NewRow<'audit_records'>): Promise<void> {
  await recordInserted(tx, record)
}

const recordInserted = preparedInsertBehind('insert_audit_record', (tx, record: NewRow<'audit_records'>) =>
  tx.insertInto('audit_records').values(record),
)

/** Whether this transaction may extend the chain: it is the only one until it ends. SQLite lets in one writer at a time anyway. */
export async function takeTurn(tx: Tx): Promise<boolean> {
  if (!isPostgres(tx)) return true
  const { rows } = await sql<{ mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${TURN}, 0)) as mine`.execute(tx)
  return rows[0]?.mine === true
}

/** Waits until this transaction is the only one that may extend the chain. */
export async function awaitTurn(tx: Tx): Promise<void> {
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(hashtextextended(${TURN}, 0))`.execute(tx)
}

/** The end of the chain. */
export async function findHead(db: Db): Promise<Link> {
  const row = await chained(db).orderBy('seq', 'desc').limit(1).executeTakeFirst()
  return row ? linkOf(row) : START
}

/** The link at a place of the chain. */
export async function findLink(db: Db, seq: number): Promise<Link | undefined> {
  const row = await chained(db).where('seq', '=', seq).executeTakeFirst()
  return row && linkOf(row)
}

const chained = (db: Db) => db.selectFrom('audit_records').select(['seq', 'hash']).where('seq', 'is not', null)

const linkOf = ({ seq, hash }: Pick<AuditRecord, 'seq' | 'hash'>): Link => ({ seq: seq ?? 0, hash: hash ?? '' })

/** Records that wait to be chained, oldest first. */
export function listUnchained(tx: Tx, limit: number): Promise<AuditRecord[]> {
  return tx.selectFrom('audit_records').selectAll().where('seq', 'is', null).orderBy('id').limit(limit).execute()
}

export async function countUnchained(db: Db): Promise<number> {
  const row = await db
    .selectFrom('audit_records')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('seq', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Gives records their places, all in one statement whose text does not depend on how many there are. */
export async function setLinks(tx: Tx, records: readonly ChainedRecord[]): Promise<void> {
  const rows = JSON.stringify(records.map(({ id, seq, previous_hash, hash }) => ({ id, seq, previous_hash, hash })))
  const links = isPostgres(tx)
    ? sql`json_to_recordset(${rows}::json) as link(id bigint, seq bigint, previous_hash text, hash text)`
    : sql`(
        select value ->> 'id' as id, value ->> 'seq' as seq, value ->> 'previous_hash' as previous_hash, value ->> 'hash' as hash
        from json_each(${rows})
      ) as link`
  await sql`
    update audit_records set seq = link.seq, previous_hash = link.previous_hash, hash = link.hash
    from ${links} where audit_records.id = link.id`.execute(tx)
}

/** The chain after a place, in its order. */
export async function listChained(db: Db, after: number, limit: number): Promise<ChainedRecord[]> {
  const rows = await db
    .selectFrom('audit_records')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, ...linkOf(row), previous_hash: row.previous_hash ?? '' }))
}

export async function insertCheckpoint(tx: Tx, checkpoint: NewRow<'audit_checkpoints'>): Promise<void> {
  await tx.insertInto('audit_checkpoints').values(checkpoint).execute()
}

export function findLatestCheckpoint(db: Db) {
  return db.selectFrom('audit_checkpoints').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()
}

/** Checkpoints after one and up to another, oldest first. */
export function listCheckpoints(db: Db, after: number, upTo: number, limit: number) {
  return db
    .selectFrom('audit_checkpoints')
    .selectAll()
    .where('id', '>', after)
    .where('id', '<=', upTo)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** A batch of records that have to do with an account, as the one it happened to or as the one who acted. */
export function listConcerning(tx: Tx, account_id: number, after: number, limit: number): Promise<AuditRecord[]> {
  return tx
    .selectFrom('audit_records')
    .selectAll()
    .where('id', '>', after)
    .where((eb) => eb.or([eb('account_id', '=', account_id), eb('actor_id', '=', String(account_id))]))
    .orderBy('id')
    .limit(limit)
    .execute()
}

const NOTHING: Record<Part, Partial<AuditRecord>> = {
  actor: { actor_id: null, address: null, user_agent: null, actor_salt: null },
  subject: { account_id: null, details: null, subject_salt: null },
}

/** Erases one part of records, with the salt without which the commitment tells nothing. */
export async function erasePart(tx: Tx, part: Part, ids: number[]): Promise<void> {
  if (ids.length > 0) await tx.updateTable('audit_records').set(NOTHING[part]).where('id', 'in', ids).execute()
}

/** What is looked for in the log. Times are ISO 8601; `since` is inclusive, `until` is not. */
export interface RecordFilters {
  account_id?: number | undefined
  actor_kind?: AuditRecord['actor_kind'] | undefined
  actor_id?: string | undefined
  action?: string | undefined
  /** One of these actions. */
  actions?: readonly string[] | undefined
  /** All but these actions. */
  except?: readonly string[] | undefined
  result?: AuditRecord['result'] | undefined
  address?: string | undefined
  since?: string | undefined
  until?: string | undefined
  /** Only records older than the one of this id. */
  before?: number | undefined
}

export function findRecord(db: Db, id: number): Promise<AuditRecord | undefined> {
  return db.selectFrom('audit_records').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The newest record of an action. */
export function findLatestOf(db: Db, action: string): Promise<AuditRecord | undefined> {
  return db
    .selectFrom('audit_records')
    .selectAll()
    .where('action', '=', action)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** What accounts are called outside. */
export function listUids(db: Db, ids: readonly number[]) {
  return db.selectFrom('accounts').select(['id', 'uid']).where('id', 'in', ids).execute()
}

/** The id behind an account's uid. */
export async function findAccountId(db: Db, uid: string): Promise<number | undefined> {
  return (await db.selectFrom('accounts').select('id').where('uid', '=', uid).executeTakeFirst())?.id
}

/** Records that match, newest first. */
export function listRecords(db: Db, filters: RecordFilters, limit: number): Promise<AuditRecord[]> {
  const { account_id, actor_kind, actor_id, action, actions, except, result, address, since, until } = filters
  let query = db.selectFrom('audit_records').selectAll()
  if (account_id !== undefined) query = query.where('account_id', '=', account_id)
  if (actor_kind !== undefined) query = query.where('actor_kind', '=', actor_kind)
  if (actor_id !== undefined) query = query.where('actor_id', '=', actor_id)
  if (action !== undefined) query = query.where('action', '=', action)
  if (actions !== undefined) query = query.where('action', 'in', actions)
  if (except !== undefined) query = query.where('action', 'not in', except)
  // As a literal, so that the index of what was refused is known to fit.
  if (result !== undefined) query = query.where('result', '=', sql.lit(result))
  if (address !== undefined) query = query.where('address', '=', address)
  if (since !== undefined) query = query.where('created_at', '>=', since)
  if (until !== undefined) query = query.where('created_at', '<', until)
  return placed(query, filters).limit(limit).execute()
}

/** In the order of the index that finds them: that of time for a span of time, or else the one they were written in. */
function placed(query: Records, { account_id, actor_id, address, since, until, before }: RecordFilters): Records {
  const few = account_id ?? actor_id ?? address
  if (few === undefined && (since ?? until) !== undefined) {
    const ordered = query.orderBy('created_at', 'desc').orderBy('id', 'desc')
    if (before === undefined) return ordered
    return ordered.where(
      sql<SqlBool>`(created_at, id) < ((select created_at from audit_records where id = ${before}), ${before})`,
    )
  }
  return (before === undefined ? query : query.where('id', '<', before)).orderBy('id', 'desc')
}

type Records = SelectQueryBuilder<Tables, 'audit_records', AuditRecord>
