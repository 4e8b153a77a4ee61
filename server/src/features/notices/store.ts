import { oldestRemover } from '../../platform/db/batches.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

export async function insertLink(db: Db, link: NewRow<'notice_links'>): Promise<void> {
  await db.insertInto('notice_links').values(link).execute()
}

/** Removes the link and the account's younger ones, and returns it; of two that come at once, one gets it. */
export async function takeLink(
  tx: Tx,
  digests: readonly string[],
  now: string,
): Promise<Row<'notice_links'> | undefined> {
  const link = await tx
    .deleteFrom('notice_links')
    .where('digest', 'in', digests)
    .where('expires_at', '>', now)
    .returningAll()
    .executeTakeFirst()
  if (link)
    await tx.deleteFrom('notice_links').where('account_id', '=', link.account_id).where('id', '>', link.id).execute()
  return link
}

/** Removes a batch of links whose time is over; returns how many. */
export const deleteExpiredLinks = oldestRemover('notice_links', 'expires_at')
