import { sql } from 'kysely'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Row } from '../../platform/db/schema.ts'

type Kind = Row<'familiar_origins'>['kind']

/** Whether the account was signed in to from one of these before. */
export async function isFamiliar(db: Db, account_id: number, kind: Kind, values: readonly string[]): Promise<boolean> {
  const row = await db
    .selectFrom('familiar_origins')
    .select('id')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .where('value', 'in', values)
    .executeTakeFirst()
  return row !== undefined
}

/** Where somebody signed in from, as one of the things it is known by. */
export type Origin = Pick<Row<'familiar_origins'>, 'kind' | 'value'>

interface History {
  hasDevices: boolean
  knowsClient: boolean
  knowsProgram: boolean
  hasCountries: boolean
  knowsCountry: boolean
}

/** What is known of the account's earlier sign-ins, by one statement. */
export async function readHistory(
  db: Db,
  account_id: number,
  {
    clients,
    programs,
    country,
  }: { clients: readonly string[]; programs: readonly string[]; country: string | undefined },
): Promise<History> {
  const has = (kind: Kind, values?: readonly string[]) => {
    const origins = db
      .selectFrom('familiar_origins')
      .select('id')
      .where('account_id', '=', account_id)
      .where('kind', '=', kind)
    // A digest that there is none of stands for an empty list, which SQL has not.
    return (values ? origins.where('value', 'in', [...values, '']) : origins).limit(1)
  }
  const row = await db
    .selectNoFrom(({ exists }) => [
      exists(has('device')).as('devices'),
      exists(has('client', clients)).as('client'),
      exists(has('program', programs)).as('program'),
      exists(has('country')).as('countries'),
      exists(has('country', country === undefined ? [] : [country])).as('country'),
    ])
    .executeTakeFirstOrThrow()
  return {
    hasDevices: Boolean(row.devices),
    knowsClient: Boolean(row.client),
    knowsProgram: Boolean(row.program),
    hasCountries: Boolean(row.countries),
    knowsCountry: Boolean(row.country),
  }
}

/** Notes that the account was signed in to from there. */
export async function noteOrigins(tx: Tx, account_id: number, origins: readonly Origin[], now: string): Promise<void> {
  if (origins.length === 0) return
  await tx
    .insertInto('familiar_origins')
    .values(origins.map((origin) => ({ ...origin, account_id, created_at: now, last_seen_at: now })))
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'kind', 'value']).doUpdateSet({ last_seen_at: sql`excluded.last_seen_at` }),
    )
    .execute()
}

/** How many of a kind signed in for the first time since then. */
export async function countNewSince(db: Db, account_id: number, kind: Kind, since: string): Promise<number> {
  const { count } = await db
    .selectFrom('familiar_origins')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .where('created_at', '>', since)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Forgets devices, programs and countries of the account; returns of what kinds there were some. */
export async function deleteOrigins(tx: Tx, account_id: number): Promise<Kind[]> {
  const gone = await tx.deleteFrom('familiar_origins').where('account_id', '=', account_id).returning('kind').execute()
  return [...new Set(gone.map(({ kind }) => kind))]
}

/**
 * Removes devices and programs of the account but the youngest ones; those that were seen once are told apart from those that came
 * back, so that nobody drives these out by coming as somebody new each time.
 */
export async function deleteSurplus(tx: Tx, account_id: number, keep: number): Promise<void> {
  const ranked = tx
    .selectFrom('familiar_origins')
    .select([
      'id',
      sql<number>`row_number() over (partition by kind, last_seen_at > created_at order by last_seen_at desc, id desc)`.as(
        'place',
      ),
    ])
    .where('account_id', '=', account_id)
    .where('kind', 'in', ['device', 'client', 'program'])
  const surplus = tx.selectFrom(ranked.as('ranked')).select('id').where('place', '>', keep)
  await tx.deleteFrom('familiar_origins').where('id', 'in', surplus).execute()
}

/** Removes a batch of what was not seen since; returns how many. */
export async function deleteForgotten(db: Db, before: string, limit: number): Promise<number> {
  const old = db.selectFrom('familiar_origins').select('id').where('last_seen_at', '<=', before).limit(limit)
  const { numDeletedRows } = await db.deleteFrom('familiar_origins').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
