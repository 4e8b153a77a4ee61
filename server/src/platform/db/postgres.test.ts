import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { startPostgres } from '../../../test/support/postgres.ts'
import { openDatabase } from './open.ts'

test('a connection that is cut within a transaction fails the transaction, not the process', async () => {
  await using postgres = await startPostgres()
  const db = openDatabase({ kind: 'postgres', url: await postgres.createDatabase(), connections: 2 })
  try {
    const cut = db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db)
      // The news of the end arrives while nobody asks anything.
      await new Promise((resolve) => setTimeout(resolve, 100))
      await sql`select 1`.execute(tx)
    })
    await assert.rejects(cut)
    assert.deepEqual((await sql<{ one: number }>`select 1 as one`.execute(db)).rows, [{ one: 1 }])
  } finally {
    await db.destroy()
  }
})
