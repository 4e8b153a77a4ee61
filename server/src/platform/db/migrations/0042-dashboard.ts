import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What happened on a day, and how often, without reading the whole log. */
export const dashboard = (): Migration => ({
  up: async (db) => {
    await db.schema
      .createIndex('audit_records_signing_in')
      .on('audit_records')
      .columns(['created_at', 'action'])
      .where(sql<boolean>`action in ('session.created', 'session.refused')`)
      .execute()
  },
})
