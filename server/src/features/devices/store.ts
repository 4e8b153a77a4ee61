import { sql } from 'kysely'
import { oldestRemover } from '../../platform/db/batches.ts'
import { isListed, type Listed, listed } from '../../platform/db/bulk.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { prepared, preparedInsertBehind } from '../../platform/db/prepared.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

type Kind = Row<'familiar_origins'>['kind']

/** Whether the account was signed in to from one of these before. */
export async function isFamiliar(db: Db, account_id: number, kind: Kind, values: readonly string[]): Promise<boolean> {
  return (await familiarOrigin(db, account_id, kind, listed(db, values))).length > 0
}

const familiarOrigin = prepared('familiar_origin', (db, account_id: number, kind: Kind, values: Listed) =>
  db
    .selectFrom('familiar_origins')
    .select('id')
    .where('account_id', '=', account_id)
    .where('kind', '=', kind)
    .where(isListed(db, 'value', values)),
)

/** Where somebody signed in from, as one of the things it is known by. */
export type Origin = Pick<Row<'familiar_origins'>, 'kind' | 'value'>

interface History {
  /** How many of each kind are remembered. */
  devices: number
  clients: number
  programs: number
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
  const countries = country === undefined ? [] : [country]
  const [client, program, state] = [clients, programs, countries].map((values) => listed(db, values))
  const id = account_id
  const [row] = await historyOf(db, id, id, id, id, client ?? [], id, program ?? [], id, id, state ?? [])
  return {
    devices: Number(row?.devices),
    clients: Number(row?.clients),
    programs: Number(row?.programs),
    knowsClient: Boolean(row?.client),
    knowsProgram: Boolean(row?.program),
    hasCountries: Boolean(row?.countries),
    knowsCountry: Boolean(row?.country),
  }
}

// Prepared queries name each parameter once, so the account is given to each part of it.
const historyOf = prepared(
  'sign_in_history',
  (
    db,
    of_devices: number,
    of_clients: number,
    of_programs: number,
    of_client: number,
    clients: Listed,
    of_program: number,
    programs: Listed,
    of_countries: number,
    of_country: number,
    countries: Listed,
  ) => {
    const origins = (account_id: number, kind: Kind) =>
      db.selectFrom('familiar_origins').where('account_id', '=', account_id).where('kind', '=', sql.lit(kind))
    const count = (account_id: number, kind: Kind) =>
      origins(account_id, kind).select((eb) => eb.fn.count<number | string>('id').as('count'))
    return db.selectNoFrom(({ exists }) => [
      count(of_devices, 'device').as('devices'),
      count(of_clients, 'client').as('clients'),
      count(of_programs, 'program').as('programs'),
      exists(
        origins(of_client, 'client')
          .select('id')
          .where(isListed(db, 'value', clients)),
      ).as('client'),
      exists(
        origins(of_program, 'program')
          .select('id')
          .where(isListed(db, 'value', programs)),
      ).as('program'),
      exists(origins(of_countries, 'country').select('id')).as('countries'),
      exists(
        origins(of_country, 'country')
          .select('id')
          .where(isListed(db, 'value', countries)),
      ).as('country'),
    ])
  },
)

/** Notes that the account was signed in to from there. */
export async function noteOrigins(tx: Tx, account_id: number, origins: readonly Origin[], now: string): Promise<void> {
  for (const { kind, value } of origins)
    await originNoted(tx, { account_id, kind, value, created_at: now, last_seen_at: now })
}

const originNoted = preparedInsertBehind('note_origin', (tx, origin: NewRow<'familiar_origins'>) =>
  tx
    .insertInto('familiar_origins')
    .values(origin)
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'kind', 'value']).doUpdateSet({ last_seen_at: sql`excluded.last_seen_at` }),
    ),
)

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
export const deleteForgotten = oldestRemover('familiar_origins', 'last_seen_at')
