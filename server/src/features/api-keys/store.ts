import { oldestRemover } from '../../platform/db/batches.ts'
import { ACCOUNT } from '../../platform/db/columns.ts'
import { type Db, isPostgres, type Tx } from '../../platform/db/db.ts'
import { preparedLookup, type Wanted } from '../../platform/db/lookups.ts'
import { prepared, preparedInsert } from '../../platform/db/prepared.ts'
import type { Account, ApiKey, NewRow, RowPatch } from '../../platform/db/schema.ts'

/** An account's keys, oldest first. */
export function listApiKeys(db: Db, account_id: number): Promise<ApiKey[]> {
  return db.selectFrom('api_keys').selectAll().where('account_id', '=', account_id).orderBy('id').execute()
}

export async function countApiKeys(db: Db, account_id: number): Promise<number> {
  const { count } = await db
    .selectFrom('api_keys')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('account_id', '=', account_id)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export function findOwnApiKey(db: Db, account_id: number, uid: string): Promise<ApiKey | undefined> {
  return db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', account_id)
    .where('uid', '=', uid)
    .executeTakeFirst()
}

/** Anybody's key, by its public id. */
export function findApiKey(db: Db, uid: string): Promise<ApiKey | undefined> {
  return db.selectFrom('api_keys').selectAll().where('uid', '=', uid).executeTakeFirst()
}

/** Anybody's key, which nobody changes or removes until the transaction ends. */
export async function lockApiKey(tx: Tx, uid: string): Promise<ApiKey | undefined> {
  const [key] = await lockedKey(tx, uid)
  return key
}

const lockedKey = prepared('locked_api_key', (tx, uid: string) => {
  const query = tx.selectFrom('api_keys').select(KEY).where('uid', '=', uid)
  return isPostgres(tx) ? query.forUpdate() : query
})

const KEY = [
  'id',
  'uid',
  'account_id',
  'public_key',
  'scopes',
  'expires_in',
  'state',
  'allowed_networks',
  'expires_at',
  'rate',
  'last_used_at',
  'last_used_address',
  'created_at',
  'updated_at',
] as const

/** The account a key belongs to. */
export async function findOwner(db: Db, { account_id }: ApiKey): Promise<Account> {
  const [owner] = await ownerOf(db, account_id)
  if (!owner) throw new Error('The account of a key is gone.')
  return owner
}

const ownerOf = prepared('owner_of_api_key', (db, id: number) =>
  db.selectFrom('accounts').select(ACCOUNT).where('id', '=', id),
)

/** What is looked at of a key when it is used. */
export type UsedKey = Pick<
  ApiKey,
  'id' | 'uid' | 'public_key' | 'scopes' | 'state' | 'allowed_networks' | 'expires_at' | 'rate'
>

/** A key and the account it belongs to. */
export interface KeyWithOwner {
  key: UsedKey
  owner: Pick<Account, (typeof OWNER)[number]>
}

/** The one query of a signed request. */
export async function findKeyWithOwner(db: Db, uid: string): Promise<KeyWithOwner | undefined> {
  const [row] = await keyWithOwner(db, uid)
  if (!row) return undefined
  const { key_id, key_uid, key_state, public_key, scopes, allowed_networks, expires_at, rate, ...owner } = row
  const rules = { scopes, allowed_networks, expires_at, rate }
  return { key: { id: key_id, uid: key_uid, state: key_state, public_key, ...rules }, owner }
}

/** What tokens tell of an account, and whether it may be used. */
const OWNER = ['id', 'uid', 'email', 'role', 'level', 'state', 'discarded_at', 'frozen_at'] as const

const keyWithOwner = preparedLookup('key_with_owner', 'key_uid', (db, uid: Wanted<string>) =>
  db
    .selectFrom('api_keys')
    .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .select([
      'accounts.id',
      'accounts.uid',
      'accounts.email',
      'accounts.role',
      'accounts.level',
      'accounts.state',
      'accounts.discarded_at',
      'accounts.frozen_at',
      'api_keys.id as key_id',
      'api_keys.uid as key_uid',
      'api_keys.public_key',
      'api_keys.scopes',
      'api_keys.state as key_state',
      'api_keys.allowed_networks',
      'api_keys.expires_at',
      'api_keys.rate',
    ])
    .where('api_keys.uid', '=', uid),
)

export function insertApiKey(db: Db, key: NewRow<'api_keys'>): Promise<ApiKey> {
  return db.insertInto('api_keys').values(key).returningAll().executeTakeFirstOrThrow()
}

export function patchApiKey(db: Db, id: number, patch: RowPatch<'api_keys'>): Promise<ApiKey> {
  return db.updateTable('api_keys').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Removes an account's key and returns what it was; `undefined` when there is none. */
export function deleteApiKeyRow(db: Db, account_id: number, uid: string): Promise<ApiKey | undefined> {
  return db
    .deleteFrom('api_keys')
    .where('account_id', '=', account_id)
    .where('uid', '=', uid)
    .returningAll()
    .executeTakeFirst()
}

/** Notes that a token or a nonce was used; false when it was used before. */
export async function insertNonce(db: Db, nonce: NewRow<'api_key_nonces'>): Promise<boolean> {
  const [inserted] = await nonceInserted(db, nonce)
  return inserted !== undefined
}

const nonceInserted = preparedInsert('insert_api_key_nonce', (db, nonce: NewRow<'api_key_nonces'>) =>
  db
    .insertInto('api_key_nonces')
    .values(nonce)
    .onConflict((conflict) => conflict.columns(['api_key_id', 'jti_digest']).doNothing())
    .returning('id'),
)

/** Removes a batch of nonces that expired before the given time; returns how many. */
export const deleteExpiredNonces = oldestRemover('api_key_nonces', 'expires_at')
