import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** How pages and mails look under a domain. */
export const websites = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp } = columnKinds(kind)
    await table(db, 'websites')
      .addColumn('domain', 'text', (c) => c.notNull().unique())
      .addColumn('title', 'text', (c) => c.notNull())
      .addColumn('accent', 'text')
      .addColumn('header_background', 'text')
      .addColumn('header_links', 'text', (c) => c.notNull())
      .addColumn('footer_links', 'text', (c) => c.notNull())
      .addColumn('logo', 'text')
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('updated_at', timestamp, (c) => c.notNull())
      .execute()
  },
})
