import type { Migration } from 'kysely/migration'

/** What people are written to in, and where they come in. */
export const accountLanguage: Migration = {
  up: async ({ schema }) => {
    await schema.alterTable('accounts').addColumn('language', 'text').execute()
    await schema.alterTable('accounts').addColumn('host', 'text').execute()
  },
}
