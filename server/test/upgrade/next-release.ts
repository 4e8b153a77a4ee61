import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { serve } from '../../src/cli/serve.ts'
import { loadConfig, processEnvironment } from '../../src/platform/config/config.ts'
import { theWorld } from '../../src/wire.ts'

/** Adds what a release would: columns to busy tables, a table and indexes. */
const expand: Migration = {
  up: async (db) => {
    await db.schema.alterTable('accounts').addColumn('nickname', 'text').execute()
    await db.schema
      .alterTable('labels')
      .addColumn('weight', 'integer', (c) => c.notNull().defaultTo(1))
      .execute()
    await db.schema.alterTable('sessions').addColumn('mood', 'text').execute()
    await db.schema
      .createTable('nicknames')
      .addColumn('account_id', 'integer', (c) => c.notNull())
      .addColumn('nickname', 'text', (c) => c.notNull().unique())
      .execute()
    await db.schema.createIndex('labels_weight').on('labels').columns(['weight', 'account_id']).execute()
    await sql`update accounts set nickname = uid`.execute(db)
  },
}

/** Takes away what the release before still reads. */
const contract: Migration = {
  up: async (db) => {
    await db.schema.alterTable('labels').dropColumn('reason').execute()
  },
}

// This release with what the next ones would bring: `expand`, or `contract` as well.
const more: Record<string, Migration> =
  process.argv[2] === 'contract'
    ? { '9001-nicknames': expand, '9002-contract-labels': contract }
    : { '9001-nicknames': expand }

await serve(loadConfig(processEnvironment()), 1, {
  ...theWorld,
  migrations: (kind) => ({ ...theWorld.migrations(kind), ...more }),
})
