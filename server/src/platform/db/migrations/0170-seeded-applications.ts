import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Which applications seeds planted that nobody has changed since. Of those that are there nobody knows it any more. */
export const seededApplications = (kind: DatabaseSettings['kind']): Migration => ({
  up: async ({ schema }) => {
    await schema.alterTable('applications').addColumn('seeded_at', columnKinds(kind).timestamp).execute()
  },
})
