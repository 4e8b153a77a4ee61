import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { BlobKeyInvalid, BlobMissing, type Blobs, BlobTooLarge, MAX_BLOB_BYTES } from './blobs.ts'
import { diskBlobs } from './disk.ts'
import { memoryBlobs } from './memory.ts'
import { s3Blobs } from './s3.ts'
import { access_key, bucket, fakeS3 } from './test/fake-s3.ts'

interface Opened extends AsyncDisposable {
  blobs: Blobs
}

const MIB = 1024 * 1024
const chunks = (...parts: (string | Uint8Array)[]): Readable => Readable.from(parts, { objectMode: false })
const failing = (before: string[]): Readable =>
  Readable.from(
    (async function* () {
      yield* before
      throw new Error('The upload broke off')
    })(),
    { objectMode: false },
  )
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function blobsContract(name: string, open: () => Promise<Opened>): void {
  suite(`Blobs (${name})`, () => {
    test('give back what was put, byte for byte', async () => {
      await using opened = await open()
      const { blobs } = opened
      const bytes = randomBytes(70_000)
      await blobs.put('documents/42-a', chunks(bytes.subarray(0, 1), bytes.subarray(1, 40_000), bytes.subarray(40_000)))
      assert.equal(sha256(await buffer(await blobs.get('documents/42-a'))), sha256(bytes))
    })

    test('take 10 MB, and more than they may hold not at all', async () => {
      await using opened = await open()
      const { blobs } = opened
      const bytes = randomBytes(10 * MIB)
      await blobs.put('large', chunks(...Array.from({ length: 10 }, (_, i) => bytes.subarray(i * MIB, (i + 1) * MIB))))
      assert.equal(sha256(await buffer(await blobs.get('large'))), sha256(bytes))
      const tooLarge = Array.from({ length: MAX_BLOB_BYTES / MIB + 1 }, () => Buffer.alloc(MIB))
      await assert.rejects(blobs.put('too-large', chunks(...tooLarge)), BlobTooLarge)
      await assert.rejects(blobs.get('too-large'), BlobMissing)
    })

    test('hold an empty file', async () => {
      await using opened = await open()
      await opened.blobs.put('empty', chunks())
      assert.equal(await text(await opened.blobs.get('empty')), '')
    })

    test('replace what was under the key', async () => {
      await using opened = await open()
      await opened.blobs.put('a', chunks('a longer first'))
      await opened.blobs.put('a', chunks('second'))
      assert.equal(await text(await opened.blobs.get('a')), 'second')
    })

    test('keep a key apart from one that it begins', async () => {
      await using opened = await open()
      const { blobs } = opened
      for (const key of ['a/b/c', 'a', 'a/b']) await blobs.put(key, chunks(key))
      await blobs.remove('a/b')
      assert.equal(await text(await blobs.get('a')), 'a')
      assert.equal(await text(await blobs.get('a/b/c')), 'a/b/c')
      await assert.rejects(blobs.get('a/b'), BlobMissing)
    })

    test('leave nothing of a stream that fails, and what was there before', async () => {
      await using opened = await open()
      const { blobs } = opened
      await blobs.put('kept', chunks('before'))
      for (const before of [[], ['first part', 'second part']]) {
        await assert.rejects(blobs.put('broken', failing(before)), /The upload broke off/)
        await assert.rejects(blobs.put('kept', failing(before)), /The upload broke off/)
      }
      await assert.rejects(blobs.get('broken'), BlobMissing)
      assert.equal(await text(await blobs.get('kept')), 'before')
    })

    test('reject a stream that failed or was destroyed before it was read', async () => {
      await using opened = await open()
      const failed = chunks('never read')
      failed.destroy(new Error('The upload broke off'))
      await assert.rejects(opened.blobs.put('broken', failed), /The upload broke off/)
      await assert.rejects(opened.blobs.put('broken', chunks('never read').destroy()))
      await assert.rejects(opened.blobs.get('broken'), BlobMissing)
    })

    test('remove, also what is not there', async () => {
      await using opened = await open()
      const { blobs } = opened
      await blobs.put('a/b', chunks('gone'))
      await blobs.remove('a/b')
      await blobs.remove('a/b')
      await blobs.remove('never/there')
      await assert.rejects(blobs.get('a/b'), BlobMissing)
    })

    test('reject a key without a blob', async () => {
      await using opened = await open()
      await assert.rejects(opened.blobs.get('missing'), { name: 'BlobMissing' })
      await assert.rejects(opened.blobs.get('missing/too'), BlobMissing)
    })

    // ASVS 5.3.2
    test('refuse keys that might lead elsewhere', async () => {
      await using opened = await open()
      const { blobs } = opened
      const tricks = [
        '',
        '/',
        '..',
        '../a',
        'a/../../b',
        '/etc/passwd',
        'a//b',
        'a/',
        './a',
        'a\\b',
        'A',
        'a b',
        'a\0',
        'a\n',
      ]
      for (const key of [...tricks, 'a%2f..', 'ä', '.incoming', 'a'.repeat(201)]) {
        await assert.rejects(blobs.put(key, chunks('x')), BlobKeyInvalid, key)
        await assert.rejects(blobs.get(key), BlobKeyInvalid, key)
        await assert.rejects(blobs.remove(key), BlobKeyInvalid, key)
      }
    })

    test('take many at once, and one whole file when they compete for a key', async () => {
      await using opened = await open()
      const { blobs } = opened
      const contents = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i).repeat(50_000))
      await Promise.all(contents.map((content, i) => blobs.put(`many/${i}`, chunks(content))))
      await Promise.all(
        contents.map((content) => blobs.put('one', chunks(content.slice(0, 20_000), content.slice(20_000)))),
      )
      for (const [i, content] of contents.entries()) assert.equal(await text(await blobs.get(`many/${i}`)), content)
      assert.ok(contents.includes(await text(await blobs.get('one'))))
    })
  })
}

blobsContract('memory', async () => {
  const blobs = memoryBlobs()
  return { blobs, [Symbol.asyncDispose]: () => blobs[Symbol.asyncDispose]() }
})

blobsContract('disk', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'blobs-'))
  const blobs = diskBlobs(directory)
  const close = async () => {
    await blobs[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  }
  return { blobs, [Symbol.asyncDispose]: close }
})

blobsContract('S3', async () => {
  const server = await fakeS3()
  const settings = { bucket, region: 'eu-central-1', endpoint: server.url, access_key, secret_key: 'secret' }
  const blobs = await s3Blobs({ ...settings, force_path_style: true })
  const close = async () => {
    await blobs[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  return { blobs, [Symbol.asyncDispose]: close }
})
