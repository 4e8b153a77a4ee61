import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Freezes that the staff set, which the person's own password does not end. */
export const staffLocks = (kind: DatabaseSettings['kind']): Migration => ({
  up: async ({ schema }) => {
    await schema.alterTable('accounts').addColumn('staff_frozen_at', columnKinds(kind).timestamp).execute()
  },
})
