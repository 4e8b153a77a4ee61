import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { MARK, openFilesBelow } from '../../../test/support/multipart.ts'
import { openSpool } from './spool.ts'

let directory = ''
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'barong-spool-')), 'tmp')
})
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }))

async function* chunks(count: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(MARK.length * 100, MARK)
}

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return Buffer.concat(parts)
}

test('a file can be read as often as wanted, and its size and first bytes are known', async () => {
  await using file = await openSpool(directory).keep(chunks(100))
  const plain = Buffer.alloc(MARK.length * 10_000, MARK)
  equal(file.size, plain.length)
  deepEqual(Buffer.from(file.head), plain.subarray(0, 4100))
  deepEqual(await whole(file.content()), plain)
  deepEqual(await whole(file.content()), plain)
})

test('an empty file is a file', async () => {
  await using file = await openSpool(directory).keep(chunks(0))
  equal(file.size, 0)
  equal((await whole(file.content())).length, 0)
})

test('what lies on the disk has no name, and is sealed', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const spool = openSpool(directory)
  {
    await using _file = await spool.keep(chunks(100))
    deepEqual(readdirSync(directory), [])
    const [open, ...others] = openFilesBelow(directory) ?? []
    ok(open)
    deepEqual(others, [])
    const stored = readFileSync(open)
    equal(stored.length, MARK.length * 10_000 + 4 * 16)
    ok(!stored.includes(MARK.slice(0, 8)))
  }
  deepEqual(openFilesBelow(directory), [])
})

test('content that breaks off leaves nothing', async () => {
  async function* failing() {
    yield* chunks(50)
    throw new Error('The upload broke off')
  }
  await rejects(openSpool(directory).keep(failing()), /broke off/)
  deepEqual(readdirSync(directory), [])
  if (process.platform === 'linux') deepEqual(openFilesBelow(directory), [])
})

test('a start removes what a crash left, and nothing else', () => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, '0f.upload'), 'x')
  writeFileSync(join(directory, 'notes.txt'), 'x')
  openSpool(directory)
  equal(existsSync(join(directory, '0f.upload')), false)
  equal(existsSync(join(directory, 'notes.txt')), true)
})

test('the directory is made for this user alone', () => {
  openSpool(directory)
  equal(statSync(directory).mode & 0o777, 0o700)
})
