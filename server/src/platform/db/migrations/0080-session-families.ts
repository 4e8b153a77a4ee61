import type { Migration } from 'kysely/migration'

/** What is renewed belongs together, and what an application was granted has a row that stays while its tokens come and go. */
export const sessionFamilies: Migration = {
  up: async (db) => {
    await db.schema.alterTable('sessions').addColumn('family', 'text').execute()
  },
}
