import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { type FormPart, multipart, openFilesBelow } from '../../../test/support/multipart.ts'
import { BODY_LIMIT } from './body-limits.ts'
import { parseMultipart } from './multipart-body.ts'
import { UploadedFile } from './parameters.ts'
import { openSpool, type Spool } from './spool.ts'

const MB = 1024 * 1024
const directory = mkdtempSync(join(tmpdir(), 'barong-multipart-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const spool = openSpool(directory)
const hold = () => {}

/** A body that comes in pieces, and how many of its bytes were asked for. */
function bodyOf(payload: Buffer, size: number): { body: Readable; read(): number } {
  let at = 0
  const pieces = function* () {
    for (; at < payload.length; at += size) yield payload.subarray(at, at + size)
  }
  return { body: Readable.from(pieces(), { objectMode: false }), read: () => at }
}

test('any fields and any file come back as they were sent, in pieces of any size', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\uFFFD'))
  const content = fc.uint8Array({ maxLength: 300 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 5 }),
      content,
      fc.integer({ min: 1, max: 400 }),
      async (texts, bytes, size) => {
        const fields = texts.map((value, at): FormPart => [`field${at}`, value])
        const file: FormPart = ['upload', { filename: 'a', content: Buffer.from(bytes) }]
        const { headers, payload } = multipart([...fields, file])
        const settings = { headers, limit: MB, hold, spoolFor: async () => spool }
        const { parameters, files } = await parseMultipart(bodyOf(payload, size).body, settings)
        const { upload, ...rest } = parameters
        deepEqual(rest, Object.fromEntries(fields))
        ok(upload instanceof UploadedFile && upload.kept)
        const parts: Uint8Array[] = []
        for await (const part of upload.kept.content()) parts.push(part)
        deepEqual(Buffer.concat(parts), Buffer.from(bytes))
        deepEqual(files, [upload.kept])
        await upload.kept[Symbol.asyncDispose]()
      },
    ),
    { numRuns: 100 },
  )
})

test('a form that finds no more room ends, also within a file', { timeout: 20_000 }, async () => {
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(MB) }]])
  for (const most of [0, 64 * 1024]) {
    let held = 0
    const full = new Error('no more room')
    const settings = {
      headers,
      limit: 12 * MB,
      hold: (bytes: number) => {
        held += bytes
        if (held > most) throw full
      },
      spoolFor: async () => spool,
    }
    await rejects(parseMultipart(bodyOf(payload, 16 * 1024).body, settings), full)
  }
  deepEqual(openFilesBelow(directory) ?? [], [])
})

test('what of a file is on the disk is not held', async () => {
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(4 * MB) }]])
  let held = 0
  const settings = {
    headers,
    limit: 12 * MB,
    hold: (bytes: number) => {
      held += bytes
    },
    spoolFor: async () => spool,
  }
  const { files } = await parseMultipart(bodyOf(payload, 16 * 1024).body, settings)
  ok(held > 0 && held <= BODY_LIMIT + 128 * 1024, String(held))
  for (const file of files) await file[Symbol.asyncDispose]()
})

test('no more of a file is asked for than the disk takes', async () => {
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(10 * MB) }]])
  const { body, read } = bodyOf(payload, 64 * 1024)
  let waited = 0
  const slow: Spool = {
    keep: async (content) => {
      await sleep(50)
      waited = read()
      return spool.keep(content)
    },
  }
  const { files } = await parseMultipart(body, { headers, limit: 12 * MB, hold, spoolFor: async () => slow })
  ok(waited <= 512 * 1024, `${waited} bytes were read ahead`)
  deepEqual(
    files.map((file) => file.size),
    [10 * MB],
  )
  for (const file of files) await file[Symbol.asyncDispose]()
})

// ASVS 5.2.1
test('many uploads at once do not pile up in memory', async () => {
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(10 * MB) }]])
  const uploads = Array.from({ length: 8 }, () => bodyOf(payload, 64 * 1024))
  let handedOn = 0
  let most = 0
  const slow: Spool = {
    keep: (content) =>
      spool.keep(
        (async function* () {
          for await (const chunk of content) {
            handedOn += chunk.length
            const taken = uploads.reduce((sum, { read }) => sum + read(), 0)
            most = Math.max(most, taken - handedOn)
            await sleep(1)
            yield chunk
          }
        })(),
      ),
  }
  const settings = { headers, limit: 12 * MB, hold, spoolFor: async () => slow }
  const forms = await Promise.all(uploads.map(({ body }) => parseMultipart(body, settings)))
  ok(most > 0 && most <= uploads.length * 512 * 1024, `${most} bytes were waiting`)
  const files = forms.flatMap((form) => form.files)
  equal(files.length, 8)
  for (const file of files) await file[Symbol.asyncDispose]()
})

test('a part that is none of a form is skipped, however large, and what follows it is found', async () => {
  const { headers, payload } = multipart([
    ['skipped', { filename: 'a', content: Buffer.alloc(MB) }],
    ['name', 'b'],
  ])
  const damaged = Buffer.from(payload.toString('latin1').replace('form-data', 'attachment'), 'latin1')
  for (const size of [1000, 20_000, 2 * MB]) {
    const settings = { headers, limit: 2 * MB, hold, spoolFor: async () => spool }
    deepEqual(await parseMultipart(bodyOf(damaged, size).body, settings), { parameters: { name: 'b' }, files: [] })
  }
})
