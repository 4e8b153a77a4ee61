import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { DatabaseSettings } from '../open.ts'

/** The little of the audit log that was refused is found without what was not, by action or by itself. */
export const consoleIndexes = (kind: DatabaseSettings['kind']): Migration => ({
  up: async (db) => {
    const refused = (name: string, columns: string[]) =>
      db.schema
        .createIndex(`audit_records_${name}`)
        .on('audit_records')
        .columns(columns)
        .where('result', '=', sql.lit('refused'))
        .execute()
    await refused('refused', ['result', 'id'])
    await refused('refused_action', ['result', 'action', 'id'])
    // Few actions are both done and refused, which the planner would not think.
    if (kind === 'postgres')
      await sql`create statistics audit_records_kinds (mcv) on action, result from audit_records`.execute(db)
  },
})
