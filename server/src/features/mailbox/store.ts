import type { Db } from '../../platform/db/db.ts'
import type { NewRow, Row } from '../../platform/db/schema.ts'

/** Keeps a message; one of the same id is kept once. */
export async function insertMailboxMessage(db: Db, message: NewRow<'mailbox_messages'>): Promise<void> {
  await db
    .insertInto('mailbox_messages')
    .values(message)
    .onConflict((conflict) => conflict.column('message_id').doNothing())
    .execute()
}

/** The last messages, newest first, of one recipient or of all. */
export function listMailboxMessages(db: Db, to: string | undefined, limit: number): Promise<Row<'mailbox_messages'>[]> {
  const all = db.selectFrom('mailbox_messages').selectAll()
  const chosen = to === undefined ? all : all.where('recipient', '=', to)
  return chosen.orderBy('id', 'desc').limit(limit).execute()
}

/** A message by its id. */
export function findMailboxMessage(db: Db, message_id: string): Promise<Row<'mailbox_messages'> | undefined> {
  return db.selectFrom('mailbox_messages').selectAll().where('message_id', '=', message_id).executeTakeFirst()
}
