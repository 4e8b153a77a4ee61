import type { Migration } from 'kysely/migration'

/** How much of their budget was used by those who use much of it, at all processes together. */
export const sharedLimits: Migration = {
  up: async ({ schema }) => {
    // No index on the time: rows change often, and PostgreSQL writes those in place whose indexed columns stay as they are.
    await schema
      .createTable('shared_limits')
      .addColumn('key', 'text', (c) => c.primaryKey())
      .addColumn('used_until', 'double precision', (c) => c.notNull())
      .execute()
  },
}
