import type { Vault } from '../../platform/crypto/vault.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { setSecrets } from './store.ts'

/** A TOTP secret (base32) and whose it is. */
export interface HeldSecret {
  account_id: number
  secret: string
}

type Place = 'accounts.otp_secret_sealed' | 'accounts.otp_pending_sealed'

/** Seals a TOTP secret (base32) for one account: it opens nowhere else. */
export const sealSecret = async (vault: Vault, tx: Tx, id: number, place: Place, secret: string): Promise<string> =>
  (await vault.keyOf(tx, id)).seal(place, id, secret)

/** The TOTP secret (base32) that a column of the account holds. */
export const openSecret = async (
  vault: Vault,
  tx: Tx,
  { id }: Pick<Account, 'id'>,
  place: Place,
  sealed: string,
): Promise<string> => (await vault.keyOf(tx, id)).open(place, id, sealed).toString()

/** Gives accounts the TOTP secrets that they bring along. */
export async function moveSecretsIn(vault: Vault, tx: Tx, held: readonly HeldSecret[]): Promise<void> {
  const keys = await vault.keysOf(
    tx,
    held.map(({ account_id }) => account_id),
  )
  const place = 'accounts.otp_secret_sealed'
  const sealed = held.flatMap(({ account_id: id, secret }) => {
    const key = keys.get(id)
    return key ? [{ id, sealed: key.seal(place, id, secret) }] : []
  })
  await setSecrets(tx, sealed)
}

/** The TOTP secrets of those of the accounts that have one, by the account's id. */
export async function openSecrets(vault: Vault, db: Db, accounts: readonly Account[]): Promise<Map<number, string>> {
  const keys = await vault.keysOf(
    db,
    accounts.filter(({ otp_secret_sealed }) => otp_secret_sealed !== null).map(({ id }) => id),
  )
  return new Map(
    accounts.flatMap(({ id, otp_secret_sealed: sealed }): [number, string][] => {
      const key = keys.get(id)
      return key && sealed !== null ? [[id, key.open('accounts.otp_secret_sealed', id, sealed).toString()]] : []
    }),
  )
}
