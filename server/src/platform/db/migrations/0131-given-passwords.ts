import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'
import { columnKinds } from './columns.ts'

/** Passwords that somebody else chose, and that their owner has to replace. */
export const givenPasswords = (kind: DatabaseSettings['kind']): Migration => ({
  up: async ({ schema }) => {
    await schema.alterTable('accounts').addColumn('password_given_at', columnKinds(kind).timestamp).execute()
  },
})
