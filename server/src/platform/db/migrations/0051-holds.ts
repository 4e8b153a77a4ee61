import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Labels that end by themselves, and from where each account is used to be signed in to. */
export const holds = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await db.schema.alterTable('labels').addColumn('expires_at', timestamp).execute()
    await db.schema.alterTable('labels').addColumn('reason', 'text').execute()
    await db.schema.alterTable('labels').addColumn('actor', 'text').execute()
    await db.schema.createIndex('labels_expires').on('labels').column('expires_at').execute()
    await table(db, 'familiar_origins')
      .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('value', 'text', (c) => c.notNull())
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('last_seen_at', timestamp, (c) => c.notNull())
      .addUniqueConstraint('familiar_origins_account_kind_value', ['account_id', 'kind', 'value'])
      .execute()
    await db.schema.createIndex('familiar_origins_last_seen').on('familiar_origins').column('last_seen_at').execute()
  },
})
