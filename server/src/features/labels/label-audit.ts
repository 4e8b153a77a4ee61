import type { Deps } from '../../deps.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Label } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'

/** Records that a label was set or removed. */
export const auditLabel = (
  needs: Pick<Deps, 'clock'>,
  tx: Tx,
  action: 'label.set' | 'label.deleted',
  { account_id, key, value, scope }: Label,
): Promise<void> => audit(needs, tx, { action, account_id, details: { key, value, scope } })
