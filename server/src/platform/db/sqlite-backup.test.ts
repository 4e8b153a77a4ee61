import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { backUpSqlite } from './sqlite-backup.ts'

/** Changes two tables in each transaction, without pause, until it is ended. */
const WRITER = `
const database = new (require('node:sqlite').DatabaseSync)(process.argv[1], { timeout: 10000 })
database.exec('pragma synchronous = off')
for (let count = 1; ; count += 1) {
  database.exec('begin immediate; update one set value = ' + count + '; update other set value = ' + count + '; commit')
  if (count === 1) console.log('writing')
}`

test('A backup comes to its end while another process writes without pause, and is of one moment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-sqlite-backup-'))
  const [file, copy] = [join(folder, 'busy.sqlite'), join(folder, 'copy.sqlite')]
  const database = new DatabaseSync(file)
  // Larger than what is copied in one step.
  database.exec(`pragma journal_mode = wal;
    create table one (value int); insert into one values (0);
    create table filling as
      with recursive rows(n) as (values (1) union all select n + 1 from rows where n < 4000) select randomblob(4000) from rows;
    create table other (value int); insert into other values (0)`)
  database.close()
  const writer = spawn(process.execPath, ['-e', WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(writer, 'exit')
  try {
    await once(writer.stdout, 'data')
    const parts: number[] = []
    await backUpSqlite(file, copy, (part) => {
      // Begun anew it would never end.
      if (part <= (parts.at(-1) ?? 0)) writer.kill('SIGKILL')
      parts.push(part)
    })
    assert.deepEqual([writer.signalCode, parts.length > 2], [null, true], 'it was never begun anew')
    const kept = new DatabaseSync(copy, { readOnly: true })
    const row = kept.prepare('select one.value as one, other.value as other from one, other').get()
    kept.close()
    assert.equal(row?.['one'], row?.['other'])
  } finally {
    writer.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
})
