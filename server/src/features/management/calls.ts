import type { Deps } from '../../deps.ts'
import type { Refusal } from '../../lib/errors.ts'
import type { ManagementScope } from '../../platform/config/management-api/policy.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Action, audit } from '../audit/audit.ts'

/** Records a call that changes nothing; what changes something is recorded where it does. */
export const recordCall = (
  needs: Pick<Deps, 'db' | 'clock'>,
  action: Action,
  { id }: Pick<Account, 'id'>,
): Promise<void> => needs.db.transaction().execute((tx) => audit(needs, tx, { action, account_id: id }))

/** Records that a request of known signers was not let in: it was used before or too late, or signatures were missing. */
export const recordRefusal = (
  needs: Pick<Deps, 'db' | 'clock'>,
  scope: ManagementScope,
  refused: Refusal,
): Promise<void> =>
  needs.db
    .transaction()
    .execute((tx) => audit(needs, tx, { action: 'management.refused', account_id: null, refused, details: { scope } }))
