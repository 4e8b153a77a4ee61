import type { ModelErrors } from '../../lib/sentences.ts'
import type { Db } from '../../platform/db/db.ts'
import { findLabel, type Scope } from './store.ts'

/** What a new label is told whose key another one has. */
export const TAKEN = { key: ['Key has already been taken'] }

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
