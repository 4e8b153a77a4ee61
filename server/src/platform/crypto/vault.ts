import { createHmac, randomBytes } from 'node:crypto'
import { type Clock, iso } from '../../lib/clock.ts'
import type { Db, Tx } from '../db/db.ts'
import type { Tables } from '../db/schema.ts'
import {
  destroyAccountKey,
  findVaultKey,
  insertAccountKeys,
  insertVaultKey,
  listAccountKeys,
} from '../db/vault-keys.ts'
import { type KeyRing, masterKeyOf } from './key-ring.ts'
import { openUnder, sealUnder } from './sealing.ts'

type ColumnsEnding<End extends string> = {
  [T in keyof Tables]: `${T}.${keyof Tables[T] & `${string}${End}`}`
}[keyof Tables]

/** A column that is sealed: `profiles.dob_sealed`. */
export type SealedColumn = ColumnsEnding<'_sealed'>
/** A column that is found by though nobody can read it: `phones.number_index`. */
type BlindColumn = ColumnsEnding<'_index'> | 'recovery_codes.digest'

/** What one account's personal data is sealed under. `row` names the row within the account, and a sealed text opens in no other. */
export interface DataKey {
  seal(column: SealedColumn, row: string | number, plaintext: string | Uint8Array): string
  /** Throws when the text was altered, or comes from another account, column or row. */
  open(column: SealedColumn, row: string | number, sealed: string): Buffer
}

/** Keeps personal data: each account has a data key, itself sealed under the master key. */
export interface Vault {
  /** The account's data key, made when it is asked for first; throws when it was destroyed. */
  keyOf(db: Db, account_id: number): Promise<DataKey>
  /** The same for many accounts at once; those whose key was destroyed are left out. */
  keysOf(db: Db, account_ids: readonly number[]): Promise<ReadonlyMap<number, DataKey>>
  /** A blind index: keyed digest (HMAC-SHA256) in base64url of what a column holds. Changing the master key leaves it as it is. */
  index(column: BlindColumn, text: string): string
  /** Destroys the account's data key: nothing that was sealed under it opens again, anywhere. */
  destroyKey(tx: Tx, account_id: number): Promise<void>
}

interface Needs {
  ring: KeyRing
  clock: Clock
}

const KEY = 32
const INDEX_KEY = 'blind-index'

/** Contexts of the keys themselves under the master key. */
const ACCOUNT_KEY = 'account-key'
const VAULT_KEY = 'vault-key'

/** Opens the vault; the first process makes the key of its blind indexes. */
export async function openVault(needs: Needs & { db: Db }): Promise<Vault> {
  const indexKey = await theIndexKey(needs)
  const keysOf = (db: Db, account_ids: readonly number[]) => findOrMakeKeys(needs, db, account_ids)
  return {
    keysOf,
    keyOf: async (db, account_id) => {
      const key = (await keysOf(db, [account_id])).get(account_id)
      if (!key) throw new Error(`The data key of account ${account_id} was destroyed.`)
      return key
    },
    index: (column, text) => createHmac('sha256', indexKey).update(`${column}\0${text}`).digest('base64url'),
    destroyKey: (tx, account_id) => destroyAccountKey(tx, account_id, iso(needs.clock.now())),
  }
}

/** The id of the master key that a database needs; undefined where nothing is sealed yet. */
export async function neededMasterKey(db: Db): Promise<string | undefined> {
  const row = await findVaultKey(db, INDEX_KEY)
  return row && masterKeyOf(row.key_sealed)
}

async function findOrMakeKeys(
  { ring, clock }: Needs,
  db: Db,
  account_ids: readonly number[],
): Promise<Map<number, DataKey>> {
  const wanted = [...new Set(account_ids)]
  const found = await listAccountKeys(db, wanted)
  const known = new Set(found.map(({ account_id }) => account_id))
  const missing = wanted.filter((account_id) => !known.has(account_id))
  if (missing.length > 0) {
    const created_at = iso(clock.now())
    const sealed = (id: number) => ring.seal(ACCOUNT_KEY, String(id), randomBytes(KEY))
    await insertAccountKeys(
      db,
      missing.map((account_id) => ({ account_id, key_sealed: sealed(account_id), created_at, destroyed_at: null })),
    )
    // Read back, as another process may have made them at the same time.
    found.push(...(await listAccountKeys(db, missing)))
  }
  const keys = new Map<number, DataKey>()
  for (const { account_id, key_sealed } of found) {
    if (key_sealed !== null) keys.set(account_id, dataKey(ring.open(ACCOUNT_KEY, String(account_id), key_sealed)))
  }
  return keys
}

function dataKey(key: Buffer): DataKey {
  return {
    seal: (column, row, plaintext) => sealUnder(key, `${column}/${row}`, plaintext),
    open: (column, row, sealed) => openUnder(key, `${column}/${row}`, sealed),
  }
}

async function theIndexKey({ db, ring, clock }: Needs & { db: Db }): Promise<Buffer> {
  const find = () => findVaultKey(db, INDEX_KEY)
  if (!(await find())) {
    const key_sealed = ring.seal(VAULT_KEY, INDEX_KEY, randomBytes(KEY))
    await insertVaultKey(db, { name: INDEX_KEY, key_sealed, created_at: iso(clock.now()) })
  }
  const row = await find()
  if (!row) throw new Error('The key of the blind indexes is missing.')
  return ring.open(VAULT_KEY, INDEX_KEY, row.key_sealed)
}
