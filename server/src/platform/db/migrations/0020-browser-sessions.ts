import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** A browser that somebody signed in at is a session of no application: one row, as long as the sign-in lasts. */
export const browserSessions: Migration = {
  up: async (db) => {
    await db.schema
      .alterTable('sessions')
      .alterColumn('application_id', (column) => column.dropNotNull())
      .execute()
    await db.schema
      .createIndex('sessions_own_browser')
      .on('sessions')
      .column('browser_session')
      .unique()
      .where(sql.ref('application_id'), 'is', null)
      .execute()
  },
}
