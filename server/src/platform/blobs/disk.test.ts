import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { diskBlobs } from './disk.ts'

async function aDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'blobs-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** Every file below the directory, relative to it. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

test('Files and directories are readable by this user alone.', async () => {
  await using directory = await aDirectory()
  const root = join(directory.path, 'new', 'blobs')
  await diskBlobs(root).put('a/b', Readable.from(['content']))
  assert.deepEqual(
    await Promise.all([root, join(root, '.incoming'), join(root, 'a'), join(root, 'a', 'b.blob')].map(mode)),
    ['700', '700', '700', '600'],
  )
})

test('No file remains of a stream that failed, whenever it failed.', async () => {
  await using directory = await aDirectory()
  const blobs = diskBlobs(directory.path)
  const early = new Readable({ read() {} })
  const put = blobs.put('early', early)
  early.destroy(new Error('The upload broke off'))
  await assert.rejects(put, /The upload broke off/)
  const late = new Readable({ read() {} })
  late.push('first part')
  const second = blobs.put('late', late)
  setTimeout(() => late.destroy(new Error('The upload broke off')), 20)
  await assert.rejects(second, /The upload broke off/)
  assert.deepEqual(await filesIn(directory.path), [])
})

test('Blobs are found again by another process that opens the same directory.', async () => {
  await using directory = await aDirectory()
  await diskBlobs(directory.path).put('a/b', Readable.from(['content']))
  assert.equal(await text(await diskBlobs(directory.path).get('a/b')), 'content')
})

test('A directory that cannot be made stops the start.', async () => {
  await using directory = await aDirectory()
  const path = join(directory.path, 'file')
  await writeFile(path, '')
  assert.throws(() => diskBlobs(path), { code: 'ENOTDIR' })
})
