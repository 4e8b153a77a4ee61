import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { type ColumnKinds, columnKinds } from './columns.ts'

/** What the OAuth engine keeps, and what applications say of themselves. */
export const oauth = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const kinds = columnKinds(kind)
    await applications(db, kinds)
    await sessions(db)
    await records(db, kinds)
  },
})

async function applications(db: Kysely<unknown>, { timestamp }: ColumnKinds) {
  await db.schema
    .alterTable('applications')
    .addColumn('grant_types', 'text', (c) => c.notNull().defaultTo('authorization_code refresh_token'))
    .execute()
  await db.schema
    .alterTable('applications')
    .addColumn('auth_method', 'text', (c) => c.notNull().defaultTo('client_secret_basic'))
    .execute()
  await db.schema.alterTable('applications').addColumn('token_algorithm', 'text').execute()
  await db.schema.alterTable('applications').addColumn('access_token_lifetime', 'integer').execute()
  await db.schema.alterTable('applications').addColumn('refresh_token_lifetime', 'integer').execute()
  await db.schema.alterTable('applications').addColumn('pkce_waived_at', timestamp).execute()
}

async function sessions(db: Kysely<unknown>) {
  for (const column of ['scopes', 'grant_id', 'browser_session', 'oauth_payload', 'address', 'user_agent']) {
    await db.schema.alterTable('sessions').addColumn(column, 'text').execute()
  }
  await db.schema.createIndex('sessions_grant').on('sessions').column('grant_id').execute()
  await db.schema.createIndex('sessions_browser').on('sessions').column('browser_session').execute()
}

async function records(db: Kysely<unknown>, { table, timestamp }: ColumnKinds) {
  await table(db, 'oauth_records')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('key_digest', 'text', (c) => c.notNull())
    .addColumn('payload_sealed', 'text', (c) => c.notNull())
    .addColumn('account_uid', 'text')
    .addColumn('application_uid', 'text')
    .addColumn('grant_id', 'text')
    .addColumn('alias_digest', 'text')
    .addColumn('consumed_at', timestamp)
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('expires_at', timestamp)
    .addUniqueConstraint('oauth_records_kind_key', ['kind', 'key_digest'])
    .execute()
  const index = (name: string, column: string) =>
    db.schema.createIndex(`oauth_records_${name}`).on('oauth_records').column(column).execute()
  await index('grant', 'grant_id')
  await index('alias', 'alias_digest')
  await index('account', 'account_uid')
  await index('application', 'application_uid')
  await index('expires', 'expires_at')
}
