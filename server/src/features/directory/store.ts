import { type SqlBool, sql } from 'kysely'
import { isAmong } from '../../platform/db/bulk.ts'
import { type Db, isPostgres } from '../../platform/db/db.ts'
import type { Account, Label } from '../../platform/db/schema.ts'

/** A place in a list: the row's id, and its other sort key where the list has one. */
export interface Position {
  id: number
  key: string
}

/** How far to go from where; `from` is not included. */
interface Span {
  from: Position | undefined
  backwards: boolean
  limit: number
}

/** Places of a list in its order, found in one index. */
export type Stream = (db: Db, span: Span) => Promise<Position[]>

/** Which label: of what value, if one is named. */
export interface LabelFilter {
  scope: 'public' | 'private'
  key: string
  value: string | undefined
}

/** What an account must be like; all of it. Times are ISO 8601, `created_to` is not included. */
export interface Conditions {
  level?: number | undefined
  state?: string | undefined
  role?: string | undefined
  label?: LabelFilter | undefined
  /** All spellings of it. */
  country?: readonly string[] | undefined
  created_from?: string | undefined
  created_to?: string | undefined
  email_prefix?: string | undefined
  locked_after?: string | undefined
  frozen?: true | undefined
  discarded: boolean
}

const position = ({ id }: { id: number }): Position => ({ id, key: '' })

/** Ids count down, from the newest. */
const idSpan = ({ from, backwards, limit }: Span) =>
  backwards
    ? ({ op: '>', id: from?.id ?? 0, order: 'asc', limit } as const)
    : ({ op: '<', id: from?.id ?? Number.MAX_SAFE_INTEGER, order: 'desc', limit } as const)

/** All accounts, the newest first. */
export const everybody: Stream = async (db, span) => {
  const { op, id, order, limit } = idSpan(span)
  const rows = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', op, id)
    .orderBy('id', order)
    .limit(limit)
    .execute()
  return rows.map(position)
}

/** Columns that an index begins with, and what they must hold. */
type Indexed = { role: string } | { level: number } | { state: string } | { state: string; level: number }

/** Accounts with these values in columns of one index, the newest first. */
export const byColumns =
  (values: Indexed): Stream =>
  async (db, span) => {
    const { op, id, order, limit } = idSpan(span)
    const query = db
      .selectFrom('accounts')
      .select('id')
      .where((eb) => eb.and({ ...values }))
      .where('id', op, id)
    return (await query.orderBy('id', order).limit(limit).execute()).map(position)
  }

/** Accounts that something happened to, the newest first. */
export const byMark =
  (column: 'locked_at' | 'frozen_at' | 'discarded_at'): Stream =>
  async (db, span) => {
    const { op, id, order, limit } = idSpan(span)
    const query = db.selectFrom('accounts').select('id').where(column, 'is not', null).where('id', op, id)
    return (await query.orderBy('id', order).limit(limit).execute()).map(position)
  }

/** Accounts with a label, the newest first. */
export const byLabel =
  ({ scope, key, value }: LabelFilter): Stream =>
  async (db, span) => {
    const { op, id, order, limit } = idSpan(span)
    const ofKey = db.selectFrom('labels').select('account_id as id').where('scope', '=', scope).where('key', '=', key)
    const query = value === undefined ? ofKey : ofKey.where('value', '=', value)
    const rows = await query.where('account_id', op, id).orderBy('account_id', order).limit(limit).execute()
    return rows.map(position)
  }

/** Accounts with a profile of one country, the newest first; each spelling is its own place in the index. */
export const byCountry =
  (spellings: readonly string[]): Stream =>
  async (db, span) => {
    const { op, id, order, limit } = idSpan(span)
    const found = spellings.map((country) =>
      db
        .selectFrom('profiles')
        .select('account_id as id')
        .where('country', '=', country)
        .where('account_id', op, id)
        .orderBy('account_id', order)
        .limit(limit)
        .execute(),
    )
    const ids = (await Promise.all(found)).flat()
    const sign = order === 'asc' ? 1 : -1
    return ids
      .sort((one, other) => sign * (one.id - other.id))
      .slice(0, limit)
      .map(position)
  }

/** Accounts made within a time, the newest first. */
export const byCreation =
  (created_from = '0001-01-01T00:00:00Z', created_to = '9999-01-01T00:00:00Z'): Stream =>
  async (db, { from, backwards, limit }) => {
    const place = sql<SqlBool>`(created_at, id) ${sql.raw(backwards ? '>' : '<')} (${from?.key ?? ''}, ${from?.id ?? 0})`
    const order = backwards ? 'asc' : 'desc'
    const within = db
      .selectFrom('accounts')
      .select(['id', 'created_at as key'])
      .where('created_at', '>=', created_from)
      .where('created_at', '<', created_to)
    const query = from === undefined ? within : within.where(place)
    return query.orderBy('created_at', order).orderBy('id', order).limit(limit).execute()
  }

/** After every text that begins like this. */
const END = '\u{10FFFF}'

/** Accounts whose e-mail begins so, in the order of e-mails. */
export const byEmail =
  (prefix: string): Stream =>
  async (db, { from, backwards, limit }) => {
    const email = emailBytes(db)
    const query = db
      .selectFrom('accounts')
      .select(['id', 'email as key'])
      .where(sql<SqlBool>`${email} >= ${prefix} and ${email} < ${prefix + END}`)
    const placed =
      from === undefined ? query : query.where(sql<SqlBool>`${email} ${sql.raw(backwards ? '<' : '>')} ${from.key}`)
    return placed
      .orderBy(email, backwards ? 'desc' : 'asc')
      .limit(limit)
      .execute()
  }

const emailBytes = (db: Db) => (isPostgres(db) ? sql`email collate "C"` : sql`email`)

/** Those of some accounts that meet all conditions, in no particular order. */
export function filterAccounts(db: Db, ids: readonly number[], conditions: Conditions): Promise<Account[]> {
  const { level, state, role, created_from, created_to, email_prefix: prefix, locked_after, frozen } = conditions
  let query = db
    .selectFrom('accounts')
    .selectAll()
    .where(isAmong(db, 'id', ids))
    .where('discarded_at', conditions.discarded ? 'is not' : 'is', null)
  if (level !== undefined) query = query.where('level', '=', level)
  if (state !== undefined) query = query.where('state', '=', state)
  if (role !== undefined) query = query.where('role', '=', role)
  if (created_from !== undefined) query = query.where('created_at', '>=', created_from)
  if (created_to !== undefined) query = query.where('created_at', '<', created_to)
  if (locked_after !== undefined) query = query.where('locked_at', '>', locked_after)
  if (frozen) query = query.where('frozen_at', 'is not', null)
  if (prefix !== undefined)
    query = query.where(sql<SqlBool>`${emailBytes(db)} >= ${prefix} and ${emailBytes(db)} < ${prefix + END}`)
  const { label, country } = conditions
  if (label) query = query.where('id', 'in', labelled(db, ids, label))
  if (country) query = query.where('id', 'in', living(db, ids, country))
  return query.execute()
}

function labelled(db: Db, ids: readonly number[], { scope, key, value }: LabelFilter) {
  const query = db
    .selectFrom('labels')
    .select('account_id')
    .where(isAmong(db, 'account_id', ids))
    .where('key', '=', key)
    .where('scope', '=', scope)
  return value === undefined ? query : query.where('value', '=', value)
}

const living = (db: Db, ids: readonly number[], country: readonly string[]) =>
  db
    .selectFrom('profiles')
    .select('account_id')
    .where(isAmong(db, 'account_id', ids))
    .where('country', 'in', country)

/** The labels of some accounts, oldest first. */
export function listLabelsOf(db: Db, ids: readonly number[]): Promise<Label[]> {
  return db
    .selectFrom('labels')
    .selectAll()
    .where(isAmong(db, 'account_id', ids))
    .orderBy('id')
    .execute()
}

export async function insertNote(
  db: Db,
  note: { account_id: number; author_id: number; text_sealed: string; created_at: string },
): Promise<number> {
  return (await db.insertInto('account_notes').values(note).returning('id').executeTakeFirstOrThrow()).id
}

/** Notes about an account with the e-mails of who wrote them, newest first. */
export function listNotes(db: Db, account_id: number, limit: number) {
  return db
    .selectFrom('account_notes')
    .leftJoin('accounts', 'accounts.id', 'account_notes.author_id')
    .select(['account_notes.id', 'account_notes.text_sealed', 'account_notes.created_at'])
    .select(['accounts.uid as author_uid', 'accounts.email as author_email'])
    .where('account_notes.account_id', '=', account_id)
    .orderBy('account_notes.id', 'desc')
    .limit(limit)
    .execute()
}

/** The id of the account of that normalised e-mail, or of that uid. */
export async function findAnyAccountId(db: Db, email: string, uid: string): Promise<number | undefined> {
  const query = db.selectFrom('accounts').select('id')
  const row = await query.where((eb) => eb.or([eb('email', '=', email), eb('uid', '=', uid)])).executeTakeFirst()
  return row?.id
}
