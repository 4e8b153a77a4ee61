import { sql } from 'kysely'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import type { Account, Label, LevelChange, NewRow, RowPatch } from '../../platform/db/schema.ts'
import type { Scope } from './store.ts'

/** Keeps others from changing the ladder until the transaction ends. */
export async function lockLevels(tx: Tx): Promise<void> {
  if (isPostgres(tx)) await sql`lock table levels in share row exclusive mode`.execute(tx)
}

/** Puts these levels, lowest first, in the place of all that there are. */
export async function replaceLevels(db: Db, levels: readonly NewRow<'levels'>[]): Promise<void> {
  await db.deleteFrom('levels').execute()
  await db
    .insertInto('levels')
    .values([...levels])
    .execute()
}

/** Begins to bring accounts in line; what an earlier change had left to do is part of it. */
export async function beginLevelChange(db: Db, now: string): Promise<void> {
  await db.updateTable('level_changes').set({ finished_at: now }).where('finished_at', 'is', null).execute()
  await db.insertInto('level_changes').values({ created_at: now }).execute()
}

export function findLastLevelChange(db: Db): Promise<LevelChange | undefined> {
  return db.selectFrom('level_changes').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst()
}

/** The change that is not finished, unless another process is at it. */
export function lockOpenLevelChange(tx: Tx): Promise<LevelChange | undefined> {
  const open = tx.selectFrom('level_changes').selectAll().where('finished_at', 'is', null)
  return (isPostgres(tx) ? open.forUpdate().skipLocked() : open).executeTakeFirst()
}

export async function updateLevelChange(db: Db, id: number, patch: RowPatch<'level_changes'>): Promise<void> {
  await db.updateTable('level_changes').set(patch).where('id', '=', id).execute()
}

/** The next accounts in the order of their ids, kept from change until the transaction ends. */
export function lockAccountsAfter(tx: Tx, id: number, limit: number): Promise<Account[]> {
  const next = tx.selectFrom('accounts').selectAll().where('id', '>', id).orderBy('id').limit(limit)
  return (isPostgres(tx) ? next.forUpdate() : next).execute()
}

/** Private labels of accounts from one id to another, both included. */
export function listPrivateLabelsBetween(db: Db, first: number, last: number): Promise<Label[]> {
  return db
    .selectFrom('labels')
    .selectAll()
    .where('account_id', '>=', first)
    .where('account_id', '<=', last)
    .where('scope', '=', 'private')
    .execute()
}

/** What a label says, without whose it is. */
export type LabelKind = Pick<Label, 'key' | 'value'> & { scope: Scope }

/** The first kind of label that comes after one, by scope, key and value; found in the index of all three. */
export function findLabelKindAfter(db: Db, { scope, key, value }: Record<keyof LabelKind, string>) {
  return db
    .selectFrom('labels')
    .select(['scope', 'key', 'value'])
    .where((eb) => eb(eb.refTuple('scope', 'key', 'value'), '>', eb.tuple(scope, key, value)))
    .orderBy('scope')
    .orderBy('key')
    .orderBy('value')
    .limit(1)
    .executeTakeFirst()
}

/** How many accounts have such a label, counted no further than `most`. */
export async function countLabelKind(
  db: Db,
  { scope, key, value }: Record<keyof LabelKind, string>,
  most: number,
): Promise<number> {
  const { count } = await db
    .selectFrom((eb) =>
      eb
        .selectFrom('labels')
        .select('account_id')
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where('value', '=', value)
        .limit(most)
        .as('some'),
    )
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
