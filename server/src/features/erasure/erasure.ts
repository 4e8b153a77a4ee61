import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { accountErased } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { endAccessUntold } from '../accounts/accounts.ts'
import { audit, eraseAuditData } from '../audit/audit.ts'
import { discardFile, forgetFile } from '../documents/documents.ts'
import { listPhones } from '../phones/phones.ts'
import { deleteLoose, deleteMailbox, listBlobKeys, replaceAccount } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox' | 'vault' | 'blobs' | 'log' | 'scrubbing'>

/**
 * Erases a person for good: everything that hangs on the account, its files, its messages and events, whom the audit log
 * names, and the data key, so that what a backup still holds sealed opens no more. The uid stays taken, and tells of nobody.
 */
export async function eraseAccount(needs: Needs, account: Pick<Account, 'id'>): Promise<void> {
  await eraseRows(needs, account)
  await needs.scrubbing.scrub()
}

/** The same without waiting until the database has overwritten what was deleted, which takes long where there is much. */
export async function eraseAndScrubLater(needs: Needs, account: Pick<Account, 'id'>): Promise<void> {
  await eraseRows(needs, account)
  needs.scrubbing
    .scrub()
    .catch((error: unknown) =>
      needs.log.error({ err: error }, 'What was erased waits in free space until the database reuses it'),
    )
}

async function eraseRows(needs: Needs, { id }: Pick<Account, 'id'>): Promise<void> {
  const files = await needs.db.transaction().execute((tx) => erase(needs, tx, id))
  // The person is erased by now, and the key to the files with them: one that is still there is removed when the others are cleaned up.
  for (const blob_key of files)
    await discardFile(needs, blob_key).catch((error: unknown) =>
      needs.log.error(
        { err: error, blob: blob_key },
        'A file of an erased person could not be removed; it is tried again',
      ),
    )
}

async function erase(needs: Needs, tx: Tx, id: number): Promise<string[]> {
  const account = await lockAccount(tx, id)
  const numbers = await listPhones(tx, needs.vault, id)
  const files = await listBlobKeys(tx, id)
  await deleteLoose(tx, account)
  // Whoever keeps copies of sessions and keys learns that they ended.
  await endAccessUntold(needs, tx, account)
  for (const blob_key of files) await forgetFile(needs, tx, blob_key)
  await deleteMailbox(tx, [account.email, ...numbers.map(({ number }) => `+${number}`)])
  const now = iso(needs.clock.now())
  await replaceAccount(tx, id, {
    uid: account.uid,
    email: `${account.uid.toLowerCase()}@erased.invalid`,
    // No password matches what is no hash.
    password_digest: '',
    role: 'member',
    state: 'banned',
    discarded_at: now,
    created_at: account.created_at,
    updated_at: now,
  })
  await needs.vault.destroyKey(tx, id)
  await eraseAuditData(needs, tx, id)
  await audit(needs, tx, { action: 'account.erased', account_id: id })
  await needs.outbox.record(tx, id, eventMessage(accountErased({ id, uid: account.uid })))
  return files
}
