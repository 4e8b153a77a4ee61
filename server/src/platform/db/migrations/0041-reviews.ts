import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** People who wait for somebody to look at their documents, and what was decided. */
export const reviews = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'review_cases')
      .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('level_sought', 'integer', (c) => c.notNull())
      .addColumn('opened_at', timestamp, (c) => c.notNull())
      .addColumn('claimed_by', reference, (c) => c.references('accounts.id').onDelete('set null'))
      .addColumn('claimed_until', timestamp)
      .addColumn('closed_at', timestamp)
      .addColumn('outcome', 'text')
      .execute()
    const index = (name: string) => db.schema.createIndex(name).on('review_cases')
    await index('review_cases_one_open').unique().column('account_id').where(sql.ref('closed_at'), 'is', null).execute()
    await index('review_cases_open').columns(['opened_at', 'id']).where(sql.ref('closed_at'), 'is', null).execute()
    await index('review_cases_account').columns(['account_id', 'id']).execute()
    // Without what is open, or SQLite would take it for the queue and sort.
    await index('review_cases_closed').column('closed_at').where(sql.ref('closed_at'), 'is not', null).execute()
    await table(db, 'review_decisions')
      .addColumn('case_id', reference, (c) => c.notNull().unique().references('review_cases.id').onDelete('cascade'))
      .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
      .addColumn('officer_id', reference, (c) => c.references('accounts.id').onDelete('set null'))
      .addColumn('decision', 'text', (c) => c.notNull())
      .addColumn('reasons', 'text', (c) => c.notNull())
      .addColumn('is_final', 'integer', (c) => c.notNull())
      .addColumn('message_sealed', 'text', (c) => c.notNull())
      .addColumn('note_sealed', 'text', (c) => c.notNull())
      .addColumn('seen_sealed', 'text', (c) => c.notNull())
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .execute()
    await db.schema
      .createIndex('review_decisions_account')
      .on('review_decisions')
      .columns(['account_id', 'id'])
      .execute()
  },
})
