import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { emptyLogServer, fillLog } from '../../../test/support/audit.ts'
import { eraseAuditData, exportLog, keysOf, makeCheckpoint, readExport, verifyLog } from './audit.ts'

/** A folder that goes away with the test. */
function aFolder() {
  const path = mkdtempSync(join(tmpdir(), 'barong-audit-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

describe('An exported log', () => {
  // ASVS 16.2.4
  test('is verified without the database, with nothing but the published keys', async () => {
    using folder = aFolder()
    const file = join(folder.path, 'audit.jsonl')
    let keys = ''
    let kept = ''
    {
      await using server = await emptyLogServer('sqlite:')
      await fillLog(server, 90, 30)
      await server.deps.db.transaction().execute((tx) => eraseAuditData(server.deps, tx, 2))
      kept = await makeCheckpoint(server.deps, 'audit.exported')
      await exportLog(server.deps.db, file)
      keys = JSON.stringify(server.deps.keys.jwks())
    }
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const verify = (jwks = keys) => verifyLog(readExport(file), { find: keysOf(jwks), anchors: [kept] })
    const verdict = await verify()
    assert.deepEqual([verdict.broken, verdict.records, verdict.signed, verdict.checkpoints], [undefined, 92, 92, 4])
    assert.equal((await verify('{"keys":[]}')).broken?.what, 'checkpoint')
    assert.throws(() => keysOf('[]'), /no JWK Set/)

    const asked = readFileSync(file, 'utf8')
    assert.match(asked, /"action":"audit\.exported"/)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const breakOf = async (changed: string[]) => {
      writeFileSync(file, changed.map((line) => `${line}\n`).join(''))
      const { broken } = await verify()
      return [broken?.what, broken?.seq, broken?.why]
    }
    assert.deepEqual(await breakOf(lines.toSpliced(9, 1, '{')), ['record', 10, 'line 10 is no JSON'])
    const neither = 'line 10 is neither a record nor a checkpoint'
    assert.deepEqual(await breakOf(lines.toSpliced(9, 1, '{"record":{"seq":"10"}}')), ['record', 10, neither])
    assert.deepEqual(await breakOf(lines.toSpliced(9, 1)), ['record', 10, 'it is missing'])
    assert.deepEqual((await breakOf(lines.slice(0, 50))).slice(0, 2), ['record', 50])
    assert.deepEqual((await breakOf([])).slice(0, 2), ['record', 1])
    assert.deepEqual((await breakOf(lines)).slice(0, 2), [undefined, undefined])
  })

  test('tells how far its verification has come', async () => {
    using folder = aFolder()
    await using server = await emptyLogServer('sqlite:')
    await fillLog(server, 4, 4)
    const file = join(folder.path, 'audit.jsonl')
    await exportLog(server.deps.db, file)
    const told: number[] = []
    const progress = (records: number) => told.push(records)
    const options = { find: keysOf(JSON.stringify(server.deps.keys.jwks())), progress }
    assert.equal((await verifyLog(readExport(file), options)).broken, undefined)
    assert.deepEqual(told, [1, 2, 3, 4])
  })
})
