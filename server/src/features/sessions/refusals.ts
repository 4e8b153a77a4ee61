import type { Deps } from '../../deps.ts'
import type { Refusal } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { recordAct, recordStranger } from '../audit/audit.ts'

/** Records that somebody was not let in, where there is nothing to count; returns the refusal, to be thrown. */
export async function recordRefusal(
  needs: Pick<Deps, 'db' | 'clock' | 'limits'>,
  account: Pick<Account, 'id'> | undefined,
  refused: Refusal,
): Promise<Refusal> {
  const action = 'session.refused'
  await (account
    ? recordAct(needs, { action, account_id: account.id, refused })
    : recordStranger(needs, { action, refused }))
  return refused
}
