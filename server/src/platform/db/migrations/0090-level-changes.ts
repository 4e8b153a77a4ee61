import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** How far the levels of accounts were brought in line after a change of the levels themselves. */
export const levelChanges = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'level_changes')
      .addColumn('after_id', reference, (c) => c.notNull().defaultTo(0))
      .addColumn('changed', 'integer', (c) => c.notNull().defaultTo(0))
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('finished_at', timestamp)
      .execute()
  },
})
