import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Indexes that keep statements as fast with many rows as with few. */
export const growthIndexes: Migration = {
  up: async ({ schema }) => {
    // Finds the next mails and SMS to send without passing those that were given up and are kept.
    const open = schema.createIndex('outbox_open').on('outbox').columns(['channel', 'id'])
    await open.where(sql.ref('failed_at'), 'is', null).execute()
    // What is written to accounts is checked against those that refer to them.
    await schema.createIndex('account_notes_author').on('account_notes').column('author_id').execute()
    await schema.createIndex('review_cases_holder').on('review_cases').column('claimed_by').execute()
    await schema.createIndex('review_decisions_officer').on('review_decisions').column('officer_id').execute()
  },
}
