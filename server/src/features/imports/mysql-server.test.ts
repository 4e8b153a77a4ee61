import { deepEqual, doesNotMatch, equal, match, rejects } from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { writeBarong1Dump } from '../../../test/support/barong1-dump.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { type Mariadb, noMariadb, startMariadb } from '../../../test/support/mariadb.ts'
import { testServer } from '../../../test/support/server.ts'
import { importBarong1 } from './imports.ts'

const PEATIO = 'ab'.repeat(32)

onEachDatabase('The database of Barong 1.x on its server', (newDatabase) => {
  const folder = mkdtempSync(join(tmpdir(), 'barong-mysql-'))
  const report = join(folder, 'report.ndjson')
  let mariadb: Mariadb | undefined
  before(async () => {
    if (!noMariadb) mariadb = await startMariadb()
  })
  after(async () => {
    await mariadb?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test('is taken over as from a dump, and what came since comes with the next run', { skip: noMariadb }, async () => {
    await using server = await testServer(await newDatabase())
    const url = mariadb?.url ?? ''
    const dump = join(folder, 'dump.sql')
    const loaded = async (count: number) => {
      await writeBarong1Dump(dump, count)
      await mariadb?.load(dump)
      return (await importBarong1(server.deps, url, { report })).tallies
    }
    const all = (read: number, present = 0) => ({ read, imported: read - present, present, skipped: 0 })
    const first = await loaded(40)
    deepEqual([first['accounts'], first['labels'], first['phones']], [all(40), all(70), all(20)])
    const next = await loaded(44)
    deepEqual([next['accounts'], next['profiles']], [all(44, 40), all(11, 10)])
    const json = { email: 'person44@example.com', password: 'Qwerty123', application_id: PEATIO }
    equal((await server.call('POST', '/sessions', { json })).status, 201)
    const sources = await server.deps.db.selectFrom('imported_rows').select('source').distinct().execute()
    deepEqual(
      sources.map(({ source }) => source.replace(/:\d+/, ':port')),
      ['mysql://127.0.0.1:port/barong_production'],
    )
  })

  test('is refused with what the server says, and never with the password', { skip: noMariadb }, async () => {
    await using server = await testServer(await newDatabase())
    const wrong = (mariadb?.url ?? '').replace(/reader:[^@]+/, 'reader:wrong-secret')
    await rejects(importBarong1(server.deps, wrong, { report }), ({ message }: Error) => {
      match(message, /Access denied/)
      doesNotMatch(message, /wrong-secret/)
      return true
    })
    doesNotMatch(readFileSync(report, 'utf8'), /wrong-secret/)
    const nothing = (mariadb?.url ?? '').replace('/barong_production', '')
    await rejects(importBarong1(server.deps, nothing, { report }), /must name the database/)
  })
})
