import type { Kysely } from 'kysely'

/** The keys that sessions are bound to. */
export const boundSessions = {
  up: async ({ schema }: Kysely<unknown>): Promise<void> => {
    await schema.alterTable('sessions').addColumn('jkt', 'text').execute()
  },
}
