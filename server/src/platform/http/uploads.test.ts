import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import Fastify, { type FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { multipart, openFilesBelow } from '../../../test/support/multipart.ts'
import { BODY_LIMIT } from './body-limits.ts'
import { answerErrorsInV1 } from './error-replies.ts'
import { file, hash, text, UploadedFile } from './parameters.ts'
import { openSpool, type Spool } from './spool.ts'
import { parametersOf, takeV1Parameters } from './v1-bodies.ts'

const MB = 1024 * 1024
const directory = mkdtempSync(join(tmpdir(), 'barong-uploads-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const Upload = Type.Object({ upload: file('Image') })
const Words = Type.Object({ name: Type.Optional(text('Name')), metadata: Type.Optional(hash('Metadata')) })

/** What the operation was given, with files as their names and sizes. */
const seen = (request: FastifyRequest) =>
  Object.fromEntries(
    Object.entries(parametersOf(request)).map(([name, value]) => [
      name,
      value instanceof UploadedFile ? `${value.filename} ${value.kept?.size}` : value,
    ]),
  )

async function aServer(mayUpload = async (_request: FastifyRequest) => true, spool: Spool = openSpool(directory)) {
  const http = Fastify({ bodyLimit: BODY_LIMIT })
  answerErrorsInV1(http)
  takeV1Parameters(http, { uploads: { spool, mayUpload } })
  http.post('/upload', { schema: { body: Upload } }, async (request) => seen(request))
  http.post('/words', { schema: { body: Words } }, async (request) => seen(request))
  http.post('/broken', { schema: { body: Upload } }, async () => {
    throw new Error('broken')
  })
  await http.ready()
  return http
}

type Server = Awaited<ReturnType<typeof aServer>>

const post = async (http: Server, url: string, parts: Parameters<typeof multipart>[0]) => {
  const { statusCode, body } = await http.inject({ method: 'POST', url, ...multipart(parts) })
  return [statusCode, JSON.parse(body)]
}

/** Space is given back once the answer was sent, which is a moment after it is here. */
async function nothingIsOpen(): Promise<void> {
  for (let tries = 0; tries < 100 && (openFilesBelow(directory) ?? []).length > 0; tries += 1) await sleep(10)
  deepEqual(openFilesBelow(directory) ?? [], [])
}

test('fields are parameters, nested by their brackets, the last of a name', async () => {
  const http = await aServer()
  const parts = [
    ['metadata[a][b]', '1'],
    ['metadata[list][]', 'x'],
    ['metadata[list][]', 'ÿ'],
    ['name', 'a'],
    ['name', 'b\r\nc'],
    ['__proto__[x]', 'y'],
  ] as const
  deepEqual(await post(http, '/words', parts), [200, { metadata: { a: { b: '1' }, list: ['x', 'ÿ'] }, name: 'b\r\nc' }])
})

test('a declared file is kept until the answer was sent', async () => {
  const http = await aServer()
  const upload = { filename: '../../a b.png', content: Buffer.alloc(3 * MB, 'x') }
  deepEqual(await post(http, '/upload', [['upload', upload]]), [200, { upload: `a b.png ${3 * MB}` }])
  deepEqual((await post(http, '/broken', [['upload', upload]]))[0], 500)
  deepEqual(
    (
      await post(http, '/upload', [
        ['upload', upload],
        ['upload', 'text'],
      ])
    )[0],
    400,
  )
  await nothingIsOpen()
})

test('a file that no operation declares, or of a caller who may not upload, is only noted', async () => {
  const unread: Spool = { keep: () => Promise.reject(new Error('Nothing may be kept')) }
  const http = await aServer(async (request) => parametersOf(request)['token'] === 'good', unread)
  const small = { filename: 'a.png', content: 'x' }
  deepEqual(await post(http, '/words', [['picture', small]]), [200, { picture: 'a.png undefined' }])
  deepEqual(await post(http, '/words', [['name', small]]), [400, { error: 'Name is invalid' }])
  deepEqual(await post(http, '/upload', [['other', small]]), [400, { error: 'Image is missing, Image is empty' }])
  deepEqual((await post(http, '/upload', [['upload', { ...small, content: Buffer.alloc(MB) }]]))[0], 200)
  deepEqual(
    (
      await post(http, '/upload', [
        ['upload', small],
        ['token', 'good'],
      ])
    )[0],
    200,
  )
  deepEqual(
    (
      await post(http, '/upload', [
        ['token', 'good'],
        ['upload', small],
      ])
    )[0],
    500,
  )
})

test('a file field left empty in a browser is no file, a text is none either', async () => {
  const http = await aServer()
  const missing = { error: 'Image is missing, Image is empty' }
  deepEqual(await post(http, '/upload', [['upload', { filename: '', content: '' }]]), [400, missing])
  deepEqual(await post(http, '/upload', [['upload', '']]), [400, { error: 'Image is empty' }])
  deepEqual(await post(http, '/upload', [['upload', 'x']]), [400, { error: 'Image is invalid' }])
  deepEqual(await post(http, '/upload', [['upload', { filename: 'a', content: '' }]]), [200, { upload: 'a 0' }])
})

test('a file of 10 MiB is whole, a larger one is cut off after one byte more, a body above 12 MiB is refused', async () => {
  const http = await aServer()
  const uploaded = (size: number) => post(http, '/upload', [['upload', { filename: 'a', content: Buffer.alloc(size) }]])
  deepEqual(await uploaded(10 * MB), [200, { upload: `a ${10 * MB}` }])
  deepEqual(await uploaded(10 * MB + 1), [200, { upload: `a ${10 * MB + 1}` }])
  deepEqual(await uploaded(11 * MB), [200, { upload: `a ${10 * MB + 1}` }])
  deepEqual(await uploaded(12 * MB), [413, { error: 'The request is too large' }])
  deepEqual((await post(http, '/words', [['a', { filename: 'a', content: Buffer.alloc(MB) }]]))[0], 413)
  await nothingIsOpen()
})

test('a body above the limit is refused too when it does not tell its length', async () => {
  const http = await aServer()
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(12 * MB) }]])
  const status = await overSocket(http, async (write) => {
    write(
      `POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: ${headers['content-type']}\r\n\r\n`,
    )
    for (let at = 0; at < payload.length; at += 100_000) {
      const piece = payload.subarray(at, at + 100_000)
      write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]))
    }
    write('0\r\n\r\n')
  })
  equal(status, 413)
})

test('many fields, long fields, second files, contradictions and texts that are not UTF-8 are refused', async () => {
  const http = await aServer()
  const fields = (count: number) => Array.from({ length: count }, (_, at) => [`f${at}`, 'x'] as const)
  const a = { filename: 'a', content: 'x' }
  equal((await post(http, '/words', fields(1000)))[0], 200)
  equal((await post(http, '/words', fields(1001)))[0], 400)
  equal((await post(http, '/upload', [['name', 'x'.repeat(BODY_LIMIT + 1)]]))[0], 413)
  equal(
    (
      await post(http, '/upload', [
        ['name', 'x'.repeat(BODY_LIMIT)],
        ['other', 'x'],
      ])
    )[0],
    413,
  )
  equal(
    (
      await post(http, '/upload', [
        ['upload', a],
        ['b', a],
      ])
    )[0],
    400,
  )
  equal(
    (
      await post(http, '/upload', [
        ['upload', a],
        ['metadata', 'x'],
        ['metadata[a]', 'x'],
      ])
    )[0],
    400,
  )
  equal(
    (
      await post(http, '/upload', [
        ['metadata', 'x'],
        ['metadata[a]', 'x'],
        ['upload', a],
      ])
    )[0],
    400,
  )
  const wrong = multipart([['name', 'QQ']])
  wrong.payload.write('ff', wrong.payload.indexOf('QQ'), 'hex')
  equal((await http.inject({ method: 'POST', url: '/words', ...wrong })).statusCode, 400)
  await nothingIsOpen()
})

test('a malformed form, and one without a boundary, has no parameters', async () => {
  const http = await aServer()
  const { headers, payload } = multipart([
    ['name', 'a'],
    ['upload', { filename: 'a', content: Buffer.alloc(MB) }],
  ])
  const answers = [
    { headers: { 'content-type': 'multipart/form-data' }, payload },
    { headers: { 'content-type': 'multipart/form-data; boundary=other' }, payload },
    { headers, payload: 'garbage' },
    { headers, payload: '' },
    { headers, payload: payload.subarray(0, 60) },
    { headers, payload: payload.subarray(0, payload.length - 20) },
  ]
  for (const request of answers) {
    const answer = await http.inject({ method: 'POST', url: '/upload', ...request })
    deepEqual([answer.statusCode, answer.json()], [400, { error: 'Image is missing, Image is empty' }])
  }
  await nothingIsOpen()
})

test('a disk that fails is our fault, and is told at once', async () => {
  const full: Spool = { keep: () => Promise.reject(new Error('ENOSPC')) }
  const http = await aServer(undefined, full)
  const [status] = await post(http, '/upload', [['upload', { filename: 'a', content: Buffer.alloc(5 * MB) }]])
  equal(status, 500)
})

// ASVS 1.4.3
test('an upload that breaks off leaves nothing', async () => {
  const http = await aServer()
  const { headers, payload } = multipart([['upload', { filename: 'a', content: Buffer.alloc(5 * MB) }]])
  let during: readonly string[] | undefined = []
  await overSocket(http, async (write, destroy) => {
    write(
      `POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: ${payload.length}\r\nContent-Type: ${headers['content-type']}\r\n\r\n`,
    )
    write(payload.subarray(0, 3 * MB))
    await sleep(100)
    during = openFilesBelow(directory)
    destroy()
  })
  if (process.platform === 'linux') ok(during.length > 0)
})

test('any damage to a form is answered, and nothing stays open', async () => {
  const http = await aServer()
  const { headers, payload } = multipart([
    ['name', 'a'],
    ['upload', { filename: 'a', content: Buffer.alloc(70_000, '\r\n--XBOUNDARY') }],
    ['metadata[a]', 'b'],
  ])
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(3), fc.string({ maxLength: 4 })), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), fc.nat(payload.length), async (places, cut, length) => {
      let body = cut ? payload.subarray(0, length) : payload
      for (const [at, removed, inserted] of places) {
        const place = at < 200 ? at : Math.max(0, body.length - (at - 200))
        body = Buffer.concat([body.subarray(0, place), Buffer.from(inserted), body.subarray(place + removed)])
      }
      const { statusCode } = await http.inject({ method: 'POST', url: '/upload', headers, payload: body })
      ok([200, 400, 413].includes(statusCode), String(statusCode))
    }),
    { numRuns: 300 },
  )
  await nothingIsOpen()
})

/** Writes to a listening server by hand, and looks that it has no file open in the end; returns the status of its answer. */
async function overSocket(
  http: Server,
  talk: (write: (data: Buffer | string) => void, destroy: () => void) => Promise<void>,
): Promise<number> {
  await http.listen({ host: '127.0.0.1', port: 0 })
  const address = http.server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const socket = connect(address.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (data) => {
    answer += data.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await talk(
    (data) => socket.write(data),
    () => socket.destroy(),
  )
  await closed
  await http.close()
  await nothingIsOpen()
  return Number(answer.slice(9, 12))
}
