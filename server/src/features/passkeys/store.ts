import { oldestRemover } from '../../platform/db/batches.ts'
import { isAmong } from '../../platform/db/bulk.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { NewRow, Passkey } from '../../platform/db/schema.ts'

/** The account's passkeys, oldest first. */
export function listPasskeyRows(db: Db, account_id: number): Promise<Passkey[]> {
  return db.selectFrom('passkeys').selectAll().where('account_id', '=', account_id).orderBy('id').execute()
}

export function findPasskeyByCredential(db: Db, credential_id: string): Promise<Passkey | undefined> {
  return db.selectFrom('passkeys').selectAll().where('credential_id', '=', credential_id).executeTakeFirst()
}

/** Whether the account has a passkey. */
export async function hasPasskeys(db: Db, account_id: number): Promise<boolean> {
  const [row] = await aPasskey(db, account_id)
  return row !== undefined
}

/** How many passkeys each of some accounts has, by its id; none where it has none. */
export async function countPasskeys(db: Db, account_ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('passkeys')
    .select((eb) => ['account_id', eb.fn.countAll().as('count')])
    .where(isAmong(db, 'account_id', account_ids))
    .groupBy('account_id')
    .execute()
  return new Map(rows.map(({ account_id, count }) => [account_id, Number(count)]))
}

const aPasskey = prepared('passkey_of_account', (db, account_id: number) =>
  db.selectFrom('passkeys').select('id').where('account_id', '=', account_id),
)

export function insertPasskey(tx: Tx, passkey: NewRow<'passkeys'>): Promise<Passkey> {
  return tx.insertInto('passkeys').values(passkey).returningAll().executeTakeFirstOrThrow()
}

export function setPasskeyName(tx: Tx, account_id: number, uid: string, name: string): Promise<Passkey | undefined> {
  return tx
    .updateTable('passkeys')
    .set({ name })
    .where('account_id', '=', account_id)
    .where('uid', '=', uid)
    .returningAll()
    .executeTakeFirst()
}

/** Removes one passkey of the account, or all of them; returns what went. */
export function deletePasskeys(tx: Tx, account_id: number, uid?: string): Promise<Passkey[]> {
  const all = tx.deleteFrom('passkeys').where('account_id', '=', account_id)
  return (uid === undefined ? all : all.where('uid', '=', uid)).returningAll().execute()
}

/** Notes a use, unless the authenticator's count did not rise since the last one: of two uses of one count, one is noted. */
export async function notePasskeyUse(tx: Tx, id: number, counter: number, last_used_at: string): Promise<boolean> {
  const used = await tx
    .updateTable('passkeys')
    .set({ counter, last_used_at })
    .where('id', '=', id)
    .where((eb) => (counter === 0 ? eb('counter', '=', 0) : eb('counter', '<', counter)))
    .returning('id')
    .executeTakeFirst()
  return used !== undefined
}

/** Voids the codes that stand in for a second factor that is no more. */
export async function deleteRecoveryCodes(tx: Tx, account_id: number): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('account_id', '=', account_id).execute()
}

export async function insertChallenge(db: Db, challenge: NewRow<'passkey_challenges'>): Promise<void> {
  await db.insertInto('passkey_challenges').values(challenge).execute()
}

/** Removes the challenge; of two that come with it at once, one finds it. */
export async function takeChallengeRow(db: Db, digests: readonly string[], now: string): Promise<boolean> {
  const taken = await db
    .deleteFrom('passkey_challenges')
    .where('digest', 'in', digests)
    .where('expires_at', '>', now)
    .returning('id')
    .executeTakeFirst()
  return taken !== undefined
}

/** Removes a batch of challenges whose time is over; returns how many. */
export const deleteExpiredChallenges = oldestRemover('passkey_challenges', 'expires_at')
