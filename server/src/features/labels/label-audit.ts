import type { Deps } from '../../deps.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Label } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'

/** Records that a label was set or removed. */
export const auditLabel = (
  needs: Pick<Deps, 'clock'>,
  tx: Tx,
  action: 'label.set' | 'label.deleted',
  { account_id, key, value, scope, reason, expires_at }: Label,
): Promise<void> =>
  audit(needs, tx, {
    action,
    account_id,
    details: { key, value, scope, ...(expires_at === null ? {} : { reason, expires_at }) },
  })

/** Who sets a label, as `kind` or `kind:id` of whoever acts. */
export function actorText(): string {
  const { kind, id } = whoActs().actor
  return id === null ? kind : `${kind}:${id}`
}
