import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from './open.ts'
import { createScrubbing } from './scrubbing.ts'

const SECRET = 'ann@example.com, who was erased'

test('What was deleted is out of the files of SQLite once nobody reads it any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-scrubbing-'))
  const file = join(folder, 'barong.sqlite')
  const settings = { kind: 'sqlite', file } as const
  const db = openDatabase(settings)
  await using scrubbing = createScrubbing({ db, settings, openDatabase })
  const other = new DatabaseSync(file)
  const isKept = () => [file, `${file}-wal`].some((each) => readFileSync(each).includes(SECRET))
  try {
    await sql`create table people (email text)`.execute(db)
    await sql`insert into people values (${SECRET})`.execute(db)
    other.exec('begin; select * from people')
    await sql`delete from people`.execute(db)
    let over = false
    const scrubbed = scrubbing.scrub().then(() => {
      over = true
    })
    // A moment for a statement that would have been content with what it could do.
    await sql`select 1`.execute(db)
    await sql`create table more (n int)`.execute(db)
    assert.deepEqual([over, isKept()], [false, true])
    other.exec('commit')
    await scrubbed
    assert.equal(isKept(), false)
  } finally {
    other.close()
    await db.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
})
