import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { type ColumnKinds, columnKinds } from './columns.ts'

/** What the staff finds accounts by, and what it notes about them. */
export const console = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    await searchIndexes(db, kind)
    await notes(db, columnKinds(kind))
  },
})

async function searchIndexes(db: Kysely<unknown>, kind: DatabaseSettings['kind']) {
  const { schema } = db
  for (const column of ['level', 'state', 'role'] as const)
    await schema.createIndex(`accounts_${column}`).on('accounts').columns([column, 'id']).execute()
  await schema.createIndex('accounts_created').on('accounts').columns(['created_at', 'id']).execute()
  for (const column of ['locked_at', 'frozen_at', 'discarded_at'] as const) {
    const index = schema.createIndex(`accounts_${column}`).on('accounts').column('id')
    await index.where(sql.ref(column), 'is not', null).execute()
  }
  // PostgreSQL finds prefixes only in an index that compares bytes, as SQLite's do.
  if (kind === 'postgres') await sql`create index accounts_email_bytes on accounts (email collate "C")`.execute(db)
  await schema.createIndex('labels_value').on('labels').columns(['scope', 'key', 'value', 'account_id']).execute()
  await schema.createIndex('labels_key').on('labels').columns(['scope', 'key', 'account_id']).execute()
  await schema.createIndex('profiles_country').on('profiles').columns(['country', 'account_id']).execute()
}

async function notes(db: Kysely<unknown>, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'account_notes')
    .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
    .addColumn('author_id', reference, (c) => c.references('accounts.id').onDelete('set null'))
    .addColumn('text_sealed', 'text', (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .execute()
  await db.schema.createIndex('account_notes_account').on('account_notes').columns(['account_id', 'id']).execute()
}
