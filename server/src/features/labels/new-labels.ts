import type { ModelErrors } from '../../lib/sentences.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { countLabels, findLabel, type Scope } from './store.ts'

/** What a new label is told whose key another one has. */
export const TAKEN = { key: ['Key has already been taken'] }

/** Labels of an account: they are shown and counted through all at once. What the server sets by itself always has room. */
const MOST: Readonly<Record<Scope, number>> = { public: 100, private: 500 }

/** What a new label is told where there are too many already; the account must be locked by the transaction. */
export async function refusalOfOneMore(
  tx: Tx,
  account_id: number,
  scope: Scope,
): Promise<Record<string, string[]> | undefined> {
  if ((await countLabels(tx, account_id, scope)) < MOST[scope]) return undefined
  return { base: [`There are ${MOST[scope]} ${scope} labels already; remove one first`] }
}

/** Everything that is wrong with a new label, whose key may be used besides. */
export async function refusalOfNew(
  db: Db,
  account_id: number,
  key: string,
  scope: Scope,
  invalid: ModelErrors,
): Promise<Record<string, string[]>> {
  const taken = await findLabel(db, account_id, key, scope)
  return { ...(taken ? TAKEN : {}), ...invalid.byAttribute() }
}
