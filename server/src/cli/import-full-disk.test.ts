import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { writeAccountsCsv } from '../../test/support/account-files.ts'
import { aFolder, barong } from '../../test/support/command-line.ts'
import { aSmallDisk, noSmallDisk, type SmallDisk } from '../../test/support/small-disk.ts'

const KIB = 1024
const COUNT = 3000

/** Leaves no more than so much room. */
const fill = (disk: SmallDisk, left: number) =>
  writeFileSync(join(disk.path, 'others'), Buffer.alloc(disk.room() - left))

function assertTold({ code, problems }: { code: number; problems: string }): void {
  assert.equal(code, 1, problems)
  assert.match(
    problems,
    /^There is no room any more \(.+\)\. Make room, and give the same command again: the import goes on from where it is\.$/m,
  )
  assert.doesNotMatch(problems, /\n {4}at /)
}

describe('An import on a full disk', { skip: noSmallDisk }, () => {
  test('tells in a sentence that the database has no room, and goes on with the same command', async () => {
    using disk = aSmallDisk(24)
    const data = join(disk.path, 'data')
    mkdirSync(data, { mode: 0o700 })
    using folder = aFolder()
    const file = `${folder.path}.csv`
    await writeAccountsCsv(file, COUNT)
    await barong(data, 'seed')
    fill(disk, 2500 * KIB)
    const told = await barong(data, `import accounts ${file}`)
    assertTold(told)
    disk.grow(100)
    const again = await barong(data, `import accounts ${file}`)
    assert.equal(again.code, 0, again.problems)
    const [, read, imported] = /accounts: (\d+) read, (\d+) imported, 0 there already, 0 left out/.exec(again.out) ?? []
    assert.equal(read, imported)
    assert.ok(Number(read) > 0 && Number(read) < COUNT, again.out)
    const third = await barong(data, `import accounts ${file}`)
    assert.match(third.out, new RegExp(`accounts: ${COUNT} read, 0 imported, ${COUNT} there already, 0 left out`))
  })

  test('tells it as well where it is the report that has none', async () => {
    using disk = aSmallDisk(1)
    using folder = aFolder()
    await barong(folder.path, 'seed')
    const file = `${folder.path}.ndjson`
    writeFileSync(file, '{"email":"nobody"}\n'.repeat(COUNT))
    const report = join(disk.path, 'report.ndjson')
    fill(disk, 16 * KIB)
    assertTold(await barong(folder.path, `import accounts ${file} --report ${report}`))
    disk.grow(8)
    const { out } = await barong(folder.path, `import accounts ${file} --report ${report}`)
    assert.match(out, /accounts: \d+ read, 0 imported, 0 there already, \d+ left out/)
  })
})
