import type { DataKey, SealedColumn, Vault } from '../../platform/crypto/vault.ts'
import { insertMany, isAmong } from '../../platform/db/bulk.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { NewRow, Profile, Row } from '../../platform/db/schema.ts'
import { nameWords } from './name-words.ts'

/** A profile before it has an id. */
export type ProfileToInsert = Omit<Profile, 'id'>

export async function findProfile(db: Db, vault: Vault, account_id: number): Promise<Profile | undefined> {
  const [row] = await profileOf(db, account_id)
  return row && openProfile(await vault.keyOf(db, account_id), row)
}

const PROFILE = [
  'id',
  'account_id',
  'first_name_sealed',
  'last_name_sealed',
  'dob_sealed',
  'address_sealed',
  'postcode_sealed',
  'city_sealed',
  'country',
  'metadata_sealed',
  'created_at',
  'updated_at',
] as const

const profileOf = prepared('profile_of_account', (db, account_id: number) =>
  db.selectFrom('profiles').select(PROFILE).where('account_id', '=', account_id),
)

/** Inserts profiles of accounts that have none, with the words they are found by. */
export async function insertProfiles(tx: Tx, vault: Vault, profiles: readonly ProfileToInsert[]): Promise<void> {
  const keys = await vault.keysOf(
    tx,
    profiles.map(({ account_id }) => account_id),
  )
  const rows = profiles.flatMap((profile) => {
    const key = keys.get(profile.account_id)
    return key ? [sealProfile(key, profile)] : []
  })
  await insertMany(tx, 'profiles', rows)
  await insertWords(tx, vault, profiles)
}

async function insertWords(tx: Tx, vault: Vault, profiles: readonly ProfileToInsert[]): Promise<void> {
  const words = profiles.flatMap(({ account_id, first_name, last_name }) =>
    nameWords(`${first_name} ${last_name}`).map((word) => ({ account_id, word_index: indexOf(vault, word) })),
  )
  await insertMany(tx, 'profile_words', words)
}

/** Puts another profile in the place of the account's. */
export async function replaceProfile(tx: Tx, vault: Vault, profile: Profile): Promise<void> {
  const { id, account_id } = profile
  const sealed = sealProfile(await vault.keyOf(tx, account_id), profile)
  await tx.updateTable('profiles').set(sealed).where('id', '=', id).execute()
  await tx.deleteFrom('profile_words').where('account_id', '=', account_id).execute()
  await insertWords(tx, vault, [profile])
}

/** Where in a list of ids, newest first, to go on and how far; `from` is not included. Of some ids alone, where they are given. */
export interface IdSpan {
  from?: number | undefined
  backwards?: boolean
  among?: readonly number[]
  limit: number
}

/** Accounts in whose names each of the words is, the newest first. */
export async function findAccountsByWords(
  db: Db,
  vault: Vault,
  [first = '', ...others]: readonly string[],
  { from, backwards = false, among, limit }: IdSpan,
): Promise<number[]> {
  let query = db
    .selectFrom('profile_words as first')
    .select('first.account_id')
    .where('first.word_index', '=', indexOf(vault, first))
  for (const word of others)
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('profile_words as other')
          .select('other.id')
          .whereRef('other.account_id', '=', 'first.account_id')
          .where('other.word_index', '=', indexOf(vault, word)),
      ),
    )
  if (among) query = query.where(isAmong(db, 'first.account_id', among))
  if (from !== undefined) query = query.where('first.account_id', backwards ? '>' : '<', from)
  const rows = await query
    .orderBy('first.account_id', backwards ? 'asc' : 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ account_id }) => account_id)
}

/** The profile that a row holds. */
export function openProfile(key: DataKey, row: Row<'profiles'>): Profile {
  const { id, account_id, country, created_at, updated_at } = row
  const open = (column: SealedColumn, sealed: string) => key.open(column, account_id, sealed).toString()
  return {
    id,
    account_id,
    first_name: open('profiles.first_name_sealed', row.first_name_sealed),
    last_name: open('profiles.last_name_sealed', row.last_name_sealed),
    dob: open('profiles.dob_sealed', row.dob_sealed),
    address: open('profiles.address_sealed', row.address_sealed),
    postcode: open('profiles.postcode_sealed', row.postcode_sealed),
    city: open('profiles.city_sealed', row.city_sealed),
    country,
    metadata: row.metadata_sealed === null ? null : open('profiles.metadata_sealed', row.metadata_sealed),
    created_at,
    updated_at,
  }
}

function sealProfile(key: DataKey, profile: ProfileToInsert): NewRow<'profiles'> {
  const { account_id, country, metadata, created_at, updated_at } = profile
  const seal = (column: SealedColumn, plain: string) => key.seal(column, account_id, plain)
  return {
    account_id,
    first_name_sealed: seal('profiles.first_name_sealed', profile.first_name),
    last_name_sealed: seal('profiles.last_name_sealed', profile.last_name),
    dob_sealed: seal('profiles.dob_sealed', profile.dob),
    address_sealed: seal('profiles.address_sealed', profile.address),
    postcode_sealed: seal('profiles.postcode_sealed', profile.postcode),
    city_sealed: seal('profiles.city_sealed', profile.city),
    country,
    metadata_sealed: metadata === null ? null : seal('profiles.metadata_sealed', metadata),
    created_at,
    updated_at,
  }
}

const indexOf = (vault: Vault, word: string): string => vault.index('profile_words.word_index', word)
