import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { aFolder, barong } from '../../test/support/command-line.ts'

const WITHOUT = /^There is no master key, and the database holds what is sealed under the master key [0-9a-f]{8}/

/** A data directory whose database came from elsewhere, and the key did not. */
async function aRestoredFolder() {
  const folder = aFolder()
  const from = join(folder.path, '../former')
  await barong(from, 'migrate')
  assert.equal((await barong(from, 'seed')).code, 0)
  mkdirSync(folder.path, { mode: 0o700 })
  copyFileSync(join(from, 'barong.sqlite'), join(folder.path, 'barong.sqlite'))
  return { ...folder, key: join(from, 'master.key') }
}

describe('A database without its master key', () => {
  test('is told by the doctor, with the place where the key belongs', async () => {
    using folder = await aRestoredFolder()
    const { code, out } = await barong(folder.path, 'doctor')
    assert.equal(code, 1, out)
    assert.match(out, /^PROBLEM +master key .*sealed under the master key [0-9a-f]{8}.*BARONG_MASTER_KEY.*master\.key/m)
    copyFileSync(folder.key, join(folder.path, 'master.key'))
    assert.match((await barong(folder.path, 'doctor')).out, /^ok +master key +it opens what is sealed$/m)
  })

  test('is not started with a new one: one sentence says where the key belongs', async () => {
    using folder = await aRestoredFolder()
    const { code, problems } = await barong(folder.path, 'start', { PORT: '0' })
    assert.equal(code, 1)
    assert.match(problems, WITHOUT)
    assert.match(problems, /^[^\n]*BARONG_MASTER_KEY_FILE[^\n]*master\.key[^\n]*\n$/)
    assert.equal(existsSync(join(folder.path, 'master.key')), false)
  })

  test('is not started with another one either', async () => {
    using folder = await aRestoredFolder()
    const BARONG_MASTER_KEY_FILE = join(folder.path, '../other.key')
    writeFileSync(BARONG_MASTER_KEY_FILE, Buffer.alloc(32, 'other key').toString('base64'))
    const { code, problems } = await barong(folder.path, 'start', { PORT: '0', BARONG_MASTER_KEY_FILE })
    assert.equal(code, 1)
    assert.match(
      problems,
      /^Sealed under the master key [0-9a-f]{8}, which is not configured[^\n]*master\.key[^\n]*\n$/,
    )
  })
})
