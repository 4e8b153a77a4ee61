import type { Deps } from '../../deps.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Action, audit } from '../audit/audit.ts'

/** Records a call that changes nothing; what changes something is recorded where it does. */
export const recordCall = (
  needs: Pick<Deps, 'db' | 'clock'>,
  action: Action,
  { id }: Pick<Account, 'id'>,
): Promise<void> => needs.db.transaction().execute((tx) => audit(needs, tx, { action, account_id: id }))
