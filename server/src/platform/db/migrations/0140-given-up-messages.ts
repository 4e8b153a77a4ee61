import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Finds mails and SMS that were given up without passing those that wait. */
export const givenUpMessages: Migration = {
  up: async ({ schema }) => {
    const failed = schema.createIndex('outbox_failed').on('outbox').column('failed_at')
    await failed.where(sql.ref('failed_at'), 'is not', null).execute()
  },
}
