import { type Clock, iso } from '../../lib/clock.ts'
import { patchAccount } from '../db/accounts.ts'
import type { Tx } from '../db/db.ts'
import type { Account, RowPatch } from '../db/schema.ts'
import { accountUpdated } from './catalogue.ts'
import { eventMessage, type Outbox } from './outbox.ts'

/** Changes an account and records `model.account.updated` with the former values. `before` must be locked. */
export async function updateAccount(
  { clock, outbox }: { clock: Clock; outbox: Outbox },
  tx: Tx,
  before: Account,
  patch: RowPatch<'accounts'>,
): Promise<Account> {
  const after = await patchAccount(tx, before.id, { ...patch, updated_at: iso(clock.now()) })
  await outbox.record(tx, after.id, eventMessage(accountUpdated(before, after)))
  return after
}
