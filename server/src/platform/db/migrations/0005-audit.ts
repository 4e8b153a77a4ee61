import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { type ColumnKinds, columnKinds } from './columns.ts'

/** The audit log: records that are chained after they were written, and signed checkpoints of the chain. */
export const audit = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const kinds = columnKinds(kind)
    await records(db, kinds)
    await checkpoints(db, kinds)
  },
})

/** Nothing refers to accounts: what happened stays true when the account is gone. */
async function records(db: Kysely<unknown>, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'audit_records')
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('result', 'text', (c) => c.notNull())
    .addColumn('code', 'text')
    .addColumn('request_id', 'text')
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_id', 'text')
    .addColumn('address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('actor_salt', 'text')
    .addColumn('actor_commitment', 'text', (c) => c.notNull())
    .addColumn('account_id', reference)
    .addColumn('details', 'text')
    .addColumn('subject_salt', 'text')
    .addColumn('subject_commitment', 'text', (c) => c.notNull())
    .addColumn('seq', reference, (c) => c.unique())
    .addColumn('previous_hash', 'text')
    .addColumn('hash', 'text')
    .execute()
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(`audit_records_${name}`).on('audit_records').columns(columns)
  await index('unchained', ['id']).where(sql.ref('seq'), 'is', null).execute()
  await index('account', ['account_id', 'id']).execute()
  await index('actor', ['actor_id', 'id']).execute()
  await index('action', ['action', 'id']).execute()
  await index('created', ['created_at', 'id']).execute()
}

async function checkpoints(db: Kysely<unknown>, { table, timestamp }: ColumnKinds) {
  await table(db, 'audit_checkpoints')
    .addColumn('jws', 'text', (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .execute()
}
