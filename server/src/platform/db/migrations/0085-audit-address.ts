import type { Migration } from 'kysely/migration'

/** The audit log is looked through by address as fast as by account. */
export const auditAddress: Migration = {
  up: async ({ schema }) => {
    await schema.createIndex('audit_records_address').on('audit_records').columns(['address', 'id']).execute()
  },
}
