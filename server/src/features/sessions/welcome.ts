import type { Deps } from '../../deps.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { noteSignIn } from '../devices/devices.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notifyOfSignIn } from '../notices/notices.ts'

/** Remembers from where somebody signed in; where that is new, tells the account's owner and puts the account on hold. */
export async function welcome(
  needs: Pick<Deps, 'clock' | 'config' | 'outbox' | 'ring'>,
  tx: Tx,
  account: Account,
): Promise<void> {
  const isNew = await noteSignIn(needs, tx, account.id)
  if (isNew.worthTelling) await notifyOfSignIn(needs, tx, account)
  if (isNew.device) await imposeHolds(needs, tx, account, 'new_device')
  if (isNew.country) await imposeHolds(needs, tx, account, 'new_country')
}
