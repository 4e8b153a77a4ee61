import type { Migration } from 'kysely/migration'

/** What recovery codes are hashed with; those that have none were kept as keyed digests. */
export const recoveryCodeSalts: Migration = {
  up: async ({ schema }) => {
    await schema.alterTable('recovery_codes').addColumn('salt', 'text').execute()
  },
}
