import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { TestServer } from './server.ts'

/** A digest of every row of every table: equal digests mean that nothing was written. */
export async function tableDigest(server: Pick<TestServer, 'deps'>): Promise<string> {
  return JSON.stringify(await tableDigests(server))
}

/** The same for each table, by its name; but for the counters of limits, which what is refused may count in. */
export async function tableDigests({ deps: { db } }: Pick<TestServer, 'deps'>): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  const tables = await db.introspection.getTables()
  for (const { name } of tables.toSorted((a, b) => a.name.localeCompare(b.name))) {
    if (name === 'limit_counters') continue
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(db)
    const texts = rows.map((row) => JSON.stringify(row)).sort()
    digests[name] = createHash('sha256').update(texts.join('\n')).digest('hex')
  }
  return digests
}
