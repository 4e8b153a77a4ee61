import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** What relying parties are told of tokens that ended before their time. Nothing refers to rows that may go. */
export const revocations = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp } = columnKinds(kind)
    await table(db, 'revocations')
      .addColumn('target', 'text', (c) => c.notNull())
      .addColumn('issued_before', timestamp)
      .addColumn('recorded_at', timestamp, (c) => c.notNull())
      .addColumn('expires_at', timestamp, (c) => c.notNull())
      .execute()
    const index = (column: string) => db.schema.createIndex(`revocations_${column}`).on('revocations').column(column)
    await index('recorded_at').execute()
    await index('expires_at').execute()
  },
})
