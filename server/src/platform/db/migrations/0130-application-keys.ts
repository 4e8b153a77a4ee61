import type { Migration } from 'kysely/migration'

/** What applications prove who they are by, instead of a secret: their public keys, or where these are published. */
export const applicationKeys: Migration = {
  up: async ({ schema }) => {
    await schema.alterTable('applications').addColumn('jwks', 'text').execute()
    await schema.alterTable('applications').addColumn('jwks_uri', 'text').execute()
  },
}
