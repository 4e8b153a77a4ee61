import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** What was brought in from elsewhere, so that an import can be repeated and resumed. */
export const imports = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'imported_rows')
      .addColumn('source', 'text', (c) => c.notNull())
      .addColumn('source_table', 'text', (c) => c.notNull())
      .addColumn('source_id', 'text', (c) => c.notNull())
      .addColumn('row_id', reference)
      .addUniqueConstraint('imported_rows_source', ['source', 'source_table', 'source_id'])
      .execute()
    await table(db, 'import_progress')
      .addColumn('source', 'text', (c) => c.notNull().unique())
      .addColumn('line', reference, (c) => c.notNull())
      .addColumn('updated_at', timestamp, (c) => c.notNull())
      .execute()
  },
})
