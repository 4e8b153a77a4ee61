import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** How often what is limited was done. */
export const limits = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp } = columnKinds(kind)
    await table(db, 'limit_counters')
      .addColumn('key', 'text', (c) => c.notNull().unique())
      .addColumn('count', 'integer', (c) => c.notNull())
      .addColumn('ends_at', timestamp, (c) => c.notNull())
      .execute()
    await db.schema.createIndex('limit_counters_end').on('limit_counters').column('ends_at').execute()
  },
})
