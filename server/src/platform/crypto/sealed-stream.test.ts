import { deepEqual, equal, notDeepEqual, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { openStream, SealBroken, sealStream } from './sealed-stream.ts'

const SEGMENT = 64 * 1024
const SEALED_SEGMENT = SEGMENT + 16

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

async function whole(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function sealed(bytes: Uint8Array): Promise<{ key: Buffer; box: Buffer }> {
  const { key, sealed } = sealStream('test', inChunks(bytes, 10_000))
  return { key, box: await whole(sealed) }
}

const open = (key: Buffer, box: Uint8Array, context = 'test') => whole(openStream(key, context, inChunks(box, 7_777)))

test('content of any length, in chunks of any size, comes back as it was', async () => {
  const lengths = fc.oneof(
    fc.nat(300_000),
    fc.constantFrom(0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 1),
  )
  const chunk = fc.integer({ min: 500, max: 200_000 })
  await fc.assert(
    fc.asyncProperty(lengths, chunk, chunk, async (length, written, read) => {
      const bytes = randomBytes(length)
      const { key, sealed } = sealStream('test', inChunks(bytes, written))
      const box = await whole(sealed)
      equal(box.length, length + 16 * Math.max(1, Math.ceil(length / SEGMENT)))
      deepEqual(await whole(openStream(key, 'test', inChunks(box, read))), bytes)
    }),
    { numRuns: 60 },
  )
})

test('one altered bit anywhere breaks the seal', async () => {
  const { key, box } = await sealed(randomBytes(2 * SEGMENT + 100))
  await fc.assert(
    fc.asyncProperty(fc.nat(box.length - 1), fc.nat(7), async (at, bit) => {
      const altered = Buffer.from(box)
      altered.writeUInt8(altered.readUInt8(at) ^ (1 << bit), at)
      await rejects(open(key, altered), SealBroken)
    }),
    { numRuns: 60 },
  )
})

test('content that was cut off anywhere is refused, even between two segments', async () => {
  const { key, box } = await sealed(randomBytes(3 * SEGMENT))
  const edges = [0, 1, 15, 16, SEALED_SEGMENT, 2 * SEALED_SEGMENT, box.length - 1]
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constantFrom(...edges), fc.nat(box.length - 1)), async (length) => {
      await rejects(open(key, box.subarray(0, length)), SealBroken)
    }),
    { numRuns: 60 },
  )
})

test('swapped, repeated, missing and added segments are refused', async () => {
  const { key, box } = await sealed(randomBytes(3 * SEGMENT))
  const [a, b, c] = [0, 1, 2].map((number) => box.subarray(number * SEALED_SEGMENT, (number + 1) * SEALED_SEGMENT))
  ok(a && b && c)
  deepEqual(Buffer.concat([a, b, c]), box)
  for (const segments of [[b, a, c], [a, a, c], [a, c], [b, c], [c], [a, b, c, c], [a, b, c, Buffer.alloc(16)]])
    await rejects(open(key, Buffer.concat(segments)), SealBroken)
})

test('another key and another context are refused', async () => {
  const { key, box } = await sealed(Buffer.from('passport'))
  await rejects(open(randomBytes(32), box), SealBroken)
  await rejects(open(key, box, 'elsewhere'), SealBroken)
  equal(String(await open(key, box)), 'passport')
})

test('equal content is sealed under another key each time', async () => {
  const first = await sealed(Buffer.alloc(1000))
  const second = await sealed(Buffer.alloc(1000))
  notDeepEqual(first.key, second.key)
  notDeepEqual(first.box, second.box)
})

test('nothing after the segment that is broken is given out', async () => {
  const { key, box } = await sealed(randomBytes(3 * SEGMENT))
  box.writeUInt8(box.readUInt8(SEALED_SEGMENT) ^ 1, SEALED_SEGMENT)
  let given = 0
  await rejects(async () => {
    for await (const chunk of openStream(key, 'test', inChunks(box, box.length))) given += chunk.length
  }, SealBroken)
  equal(given, SEGMENT)
})

test('an error of the content passes through', async () => {
  async function* failing() {
    yield Buffer.alloc(100_000)
    throw new Error('The upload broke off')
  }
  await rejects(whole(sealStream('test', failing()).sealed), /broke off/)
})
