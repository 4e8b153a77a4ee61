import type { Vault } from '../../platform/crypto/vault.ts'
import type { Db } from '../../platform/db/db.ts'
import { preparedLookup, type Wanted } from '../../platform/db/lookups.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { Label, Level, NewRow, RowPatch } from '../../platform/db/schema.ts'

export type Scope = 'public' | 'private'

const COLUMNS = [
  'id',
  'account_id',
  'key',
  'value',
  'scope',
  'expires_at',
  'reason',
  'actor',
  'created_at',
  'updated_at',
] as const

/** All labels of an account, oldest first. */
export const listLabels: (db: Db, account_id: number) => Promise<Label[]> = preparedLookup(
  'labels_of_account',
  'account_id',
  (db, account_id: Wanted<number>) =>
    db.selectFrom('labels').select(COLUMNS).where('account_id', '=', account_id).orderBy('id'),
)

/** Both labels of a key where both scopes have one, oldest first. */
export function findLabels(db: Db, account_id: number, key: string): Promise<Label[]> {
  return db
    .selectFrom('labels')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('key', '=', key)
    .orderBy('id')
    .execute()
}

export function findLabel(db: Db, account_id: number, key: string, scope: Scope): Promise<Label | undefined> {
  return db
    .selectFrom('labels')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('key', '=', key)
    .where('scope', '=', scope)
    .executeTakeFirst()
}

/** How many labels of a scope the account has. */
export async function countLabels(db: Db, account_id: number, scope: Scope): Promise<number> {
  const { count } = await db
    .selectFrom('labels')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .where('scope', '=', scope)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export function insertLabel(db: Db, label: NewRow<'labels'>): Promise<Label> {
  return db.insertInto('labels').values(label).returningAll().executeTakeFirstOrThrow()
}

/** Gives a label a value and an end. */
export function setTimedLabel(
  db: Db,
  id: number,
  patch: Required<Pick<RowPatch<'labels'>, 'value' | 'expires_at' | 'reason' | 'actor' | 'updated_at'>>,
): Promise<Label> {
  return db.updateTable('labels').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** The account's labels that end by themselves. */
export const listTimedLabels: (db: Db, account_id: number) => Promise<Label[]> = prepared(
  'timed_labels_of_account',
  (db, account_id: number) =>
    db
      .selectFrom('labels')
      .select(COLUMNS)
      .where('account_id', '=', account_id)
      .where('expires_at', 'is not', null)
      .orderBy('id'),
)

/** Labels whose time is over, the longest over first. */
export function listOverdueLabels(db: Db, now: string, limit: number): Promise<Label[]> {
  return db.selectFrom('labels').selectAll().where('expires_at', '<=', now).orderBy('expires_at').limit(limit).execute()
}

/** Removes a label unless it was given more time meanwhile. */
export function deleteOverdueLabel(db: Db, id: number, now: string): Promise<Label | undefined> {
  return db.deleteFrom('labels').where('id', '=', id).where('expires_at', '<=', now).returningAll().executeTakeFirst()
}

export function setLabelValue(db: Db, id: number, value: string, actor: string, now: string): Promise<Label> {
  return db
    .updateTable('labels')
    .set({ value, updated_at: now, actor, expires_at: null, reason: null })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

export async function deleteLabelRow(db: Db, id: number): Promise<void> {
  await db.deleteFrom('labels').where('id', '=', id).execute()
}

/** The ladder of levels, lowest first. */
export function listLevels(db: Db): Promise<Level[]> {
  return db.selectFrom('levels').selectAll().orderBy('id').execute()
}

/** Adds a level; does nothing when one of that key and value is there. */
export async function insertLevel(db: Db, level: NewRow<'levels'>): Promise<void> {
  await db
    .insertInto('levels')
    .values(level)
    .onConflict((conflict) => conflict.columns(['key', 'value']).doNothing())
    .execute()
}

/** First and last name from the account's profile, or nothing. */
export async function findFullName(db: Db, vault: Vault, account_id: number): Promise<string> {
  const profile = await db
    .selectFrom('profiles')
    .select(['first_name_sealed', 'last_name_sealed'])
    .where('account_id', '=', account_id)
    .executeTakeFirst()
  if (!profile) return ''
  const key = await vault.keyOf(db, account_id)
  const first_name = key.open('profiles.first_name_sealed', account_id, profile.first_name_sealed)
  const last_name = key.open('profiles.last_name_sealed', account_id, profile.last_name_sealed)
  return `${first_name} ${last_name}`
}
