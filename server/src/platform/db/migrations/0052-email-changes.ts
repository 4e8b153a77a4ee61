import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Changes of an e-mail address that wait for the owners of both. */
export const emailChanges = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'email_changes')
      .addColumn('account_id', reference, (c) => c.notNull().unique().references('accounts.id').onDelete('cascade'))
      .addColumn('old_email', 'text', (c) => c.notNull())
      .addColumn('new_email', 'text', (c) => c.notNull())
      .addColumn('old_digest', 'text', (c) => c.notNull().unique())
      .addColumn('new_digest', 'text', (c) => c.notNull().unique())
      .addColumn('old_confirmed_at', timestamp)
      .addColumn('new_confirmed_at', timestamp)
      .addColumn('jti', 'text', (c) => c.notNull())
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('expires_at', timestamp, (c) => c.notNull())
      .execute()
    await db.schema.createIndex('email_changes_expires').on('email_changes').column('expires_at').execute()
  },
})
