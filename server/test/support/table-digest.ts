import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { TestServer } from './server.ts'

/** A digest of every row of every table: equal digests mean that nothing was written. */
export async function tableDigest({ deps: { db } }: Pick<TestServer, 'deps'>): Promise<string> {
  const hash = createHash('sha256')
  const tables = await db.introspection.getTables()
  for (const { name } of tables.toSorted((a, b) => a.name.localeCompare(b.name))) {
    const { rows } = await sql`select * from ${sql.table(name)}`.execute(db)
    const texts = rows.map((row) => JSON.stringify(row)).sort()
    hash.update(`${name}\n${texts.join('\n')}\n`)
  }
  return hash.digest('hex')
}
