import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** The keys that personal data is sealed under, and the words that people are found by. */
export const vault = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'account_keys')
      .addColumn('account_id', reference, (c) => c.notNull().unique().references('accounts.id').onDelete('cascade'))
      .addColumn('key_sealed', 'text')
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('destroyed_at', timestamp)
      .execute()
    await table(db, 'vault_keys')
      .addColumn('name', 'text', (c) => c.notNull().unique())
      .addColumn('key_sealed', 'text', (c) => c.notNull())
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .execute()
    await table(db, 'profile_words')
      .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
      .addColumn('word_index', 'text', (c) => c.notNull())
      .addUniqueConstraint('profile_words_account_word', ['account_id', 'word_index'])
      .execute()
    await db.schema
      .createIndex('profile_words_word')
      .on('profile_words')
      .columns(['word_index', 'account_id'])
      .execute()
  },
})
