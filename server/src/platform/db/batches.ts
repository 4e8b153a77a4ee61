import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row, Tables } from './schema.ts'

/**
 * Makes what removes the rows of a table whose time is over: those whose column is not after a time, the oldest first, and so many at the
 * most, so that others get their turn in between. It returns how many went.
 */
export const oldestRemover =
  <T extends keyof Tables>(table: T, column: keyof Row<T> & string) =>
  async (db: Db, until: string, limit: number): Promise<number> => {
    const [rows, time] = [sql.table(table), sql.ref(column)]
    const oldest = sql`select id from ${rows} where ${time} <= ${until} order by ${time} limit ${limit}`
    const { numAffectedRows = 0n } = await sql`delete from ${rows} where id in (${oldest})`.execute(db)
    return Number(numAffectedRows)
  }
