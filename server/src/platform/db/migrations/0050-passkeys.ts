import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Public keys of authenticators, and the challenges they sign. */
export const passkeys = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const { table, timestamp, reference } = columnKinds(kind)
    await table(db, 'passkeys')
      .addColumn('uid', 'text', (c) => c.notNull().unique())
      .addColumn('account_id', reference, (c) => c.notNull().references('accounts.id').onDelete('cascade'))
      .addColumn('credential_id', 'text', (c) => c.notNull().unique())
      .addColumn('public_key', 'text', (c) => c.notNull())
      .addColumn('counter', 'bigint', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('transports', 'text', (c) => c.notNull())
      .addColumn('device', 'text', (c) => c.notNull())
      .addColumn('created_at', timestamp, (c) => c.notNull())
      .addColumn('last_used_at', timestamp)
      .execute()
    await db.schema.createIndex('passkeys_account').on('passkeys').column('account_id').execute()
    await table(db, 'passkey_challenges')
      .addColumn('digest', 'text', (c) => c.notNull().unique())
      .addColumn('expires_at', timestamp, (c) => c.notNull())
      .execute()
    await db.schema.createIndex('passkey_challenges_expires').on('passkey_challenges').column('expires_at').execute()
  },
})
