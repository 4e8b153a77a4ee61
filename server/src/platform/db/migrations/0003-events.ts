import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { type ColumnKinds, columnKinds } from './columns.ts'

type Schema = Kysely<unknown>

/** The log of events, who gets them, and how each delivery fared. */
export const events = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const kinds = columnKinds(kind)
    await eventLog(db, kinds)
    await webhookEndpoints(db, kinds)
    await deliveries(db, kinds)
  },
})

async function eventLog(db: Schema, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'events')
    .addColumn('message_id', 'text', (c) => c.notNull().unique())
    .addColumn('account_id', reference)
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('payload_sealed', 'text', (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('fanned_out_at', timestamp)
    .execute()
  await db.schema
    .createIndex('events_waiting')
    .on('events')
    .column('id')
    .where(sql.ref('fanned_out_at'), 'is', null)
    .execute()
  await db.schema.createIndex('events_created').on('events').column('created_at').execute()
}

async function webhookEndpoints(db: Schema, { table, timestamp }: ColumnKinds) {
  await table(db, 'webhook_endpoints')
    .addColumn('uid', 'text', (c) => c.notNull().unique())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('event_filter', 'text', (c) => c.notNull())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('previous_secret_sealed', 'text')
    .addColumn('previous_secret_expires_at', timestamp)
    .addColumn('disabled_at', timestamp)
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('updated_at', timestamp, (c) => c.notNull())
    .execute()
}

async function deliveries(db: Schema, { table, timestamp, reference }: ColumnKinds) {
  await table(db, 'deliveries')
    .addColumn('event_id', reference, (c) => c.notNull().references('events.id').onDelete('cascade'))
    .addColumn('destination', 'text', (c) => c.notNull())
    .addColumn('endpoint_id', reference, (c) => c.references('webhook_endpoints.id').onDelete('cascade'))
    .addColumn('stream', reference, (c) => c.notNull())
    .addColumn('created_at', timestamp, (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_attempt_at', timestamp, (c) => c.notNull())
    .addColumn('claimed_until', timestamp)
    .addColumn('give_up_at', timestamp)
    .addColumn('last_error', 'text')
    .addColumn('delivered_at', timestamp)
    .addColumn('failed_at', timestamp)
    .addUniqueConstraint('deliveries_event_destination', ['event_id', 'destination'])
    .execute()
  const open = sql<boolean>`delivered_at is null and failed_at is null`
  await db.schema
    .createIndex('deliveries_open')
    .on('deliveries')
    .columns(['destination', 'stream', 'event_id'])
    .where(open)
    .execute()
  await db.schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['destination', 'next_attempt_at'])
    .where(open)
    .execute()
  await db.schema
    .createIndex('deliveries_failed')
    .on('deliveries')
    .columns(['destination', 'failed_at'])
    .where(sql.ref('failed_at'), 'is not', null)
    .execute()
  await db.schema.createIndex('deliveries_endpoint').on('deliveries').columns(['endpoint_id', 'id']).execute()
  await table(db, 'delivery_attempts')
    .addColumn('delivery_id', reference, (c) => c.notNull().references('deliveries.id').onDelete('cascade'))
    .addColumn('attempted_at', timestamp, (c) => c.notNull())
    .addColumn('duration_ms', 'integer', (c) => c.notNull())
    .addColumn('status', 'integer')
    .addColumn('error', 'text')
    .execute()
  await db.schema.createIndex('delivery_attempts_delivery').on('delivery_attempts').column('delivery_id').execute()
}
