import type { Deps } from '../../deps.ts'
import type { Refusal } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'

/** Records that somebody was not let in, where there is nothing to count; returns the refusal, to be thrown. */
export async function recordRefusal(
  needs: Pick<Deps, 'db' | 'clock'>,
  account: Pick<Account, 'id'> | undefined,
  refused: Refusal,
): Promise<Refusal> {
  const entry = { action: 'session.refused', account_id: account?.id ?? null, refused } as const
  await needs.db.transaction().execute((tx) => audit(needs, tx, entry))
  return refused
}
