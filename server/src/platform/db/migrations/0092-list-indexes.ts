import type { Migration } from 'kysely/migration'

/** Accounts of one state and one level, the newest first: what the staff asks for together most often. */
export const listIndexes: Migration = {
  up: async ({ schema }) => {
    await schema.createIndex('accounts_state_level').on('accounts').columns(['state', 'level', 'id']).execute()
  },
}
