import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/**
 * Which resources applications may ask tokens for, and whether all their tokens are bound to a key. Those that are there keep what
 * they had: any resource, and tokens of either kind.
 */
export const applicationBounds = (kind: DatabaseSettings['kind']): Migration => ({
  up: async ({ schema }) => {
    await schema
      .alterTable('applications')
      .addColumn('resources', 'text', (column) => column.notNull().defaultTo('*'))
      .execute()
    await schema.alterTable('applications').addColumn('tokens_bound_at', columnKinds(kind).timestamp).execute()
  },
})
