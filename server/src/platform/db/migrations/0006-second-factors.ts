import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { type ColumnKinds, columnKinds } from './columns.ts'

/** What protects an account beyond its password, and what tells its owner of changes. */
export const secondFactors = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const kinds = columnKinds(kind)
    await db.schema.alterTable('accounts').addColumn('frozen_at', kinds.timestamp).execute()
    await db.schema.alterTable('sessions').addColumn('reauthenticated_at', kinds.timestamp).execute()
    await noticeLinks(db, kinds)
    await recoveryCodes(db, kinds)
  },
})

async function noticeLinks(db: Kysely<unknown>, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'notice_links')
    .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull().unique())
    .addColumn('email', 'text', (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('expires_at', timestamp, (c) => c.notNull())
    .execute()
  await db.schema.createIndex('notice_links_account').on('notice_links').column('account_id').execute()
  await db.schema.createIndex('notice_links_expires').on('notice_links').column('expires_at').execute()
}

async function recoveryCodes(db: Kysely<unknown>, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'recovery_codes')
    .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('used_at', timestamp)
    .addUniqueConstraint('recovery_codes_account_digest', ['account_id', 'digest'])
    .execute()
}
