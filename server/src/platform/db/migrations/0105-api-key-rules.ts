import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** From where, until when and how often an API key may be used, and its last use. */
export const apiKeyRules = (kind: DatabaseSettings['kind']): Migration => ({
  up: async ({ schema }) => {
    const { timestamp } = columnKinds(kind)
    const columns = { allowed_networks: 'text', expires_at: timestamp, rate: 'text' } as const
    const uses = { last_used_at: timestamp, last_used_address: 'text' } as const
    // One statement each: SQLite adds one column at a time.
    for (const [name, type] of Object.entries({ ...columns, ...uses }))
      await schema.alterTable('api_keys').addColumn(name, type).execute()
  },
})
