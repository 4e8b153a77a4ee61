import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { defineErrors } from '../../lib/errors.ts'
import { BODY_LIMIT } from './body-limits.ts'
import { nest } from './form-body.ts'
import { MAX_UPLOAD_BYTES, UploadedFile } from './parameters.ts'
import type { Spool, SpooledFile } from './spool.ts'

const errors = defineErrors('multipart_body', {
  tooLarge: [413, 'The request is too large'],
  tooMany: [400, 'The form has more than 1000 fields or more than one file'],
  notUtf8: [400, 'The form is not valid UTF-8'],
})

const MAX_FIELDS = 1000
/** Bytes of a file that may wait in memory for the disk. */
const BUFFERED = 128 * 1024
/** The fields, and what of a file waits for the disk: no form holds more at a time. */
const MOST_HELD = BODY_LIMIT + BUFFERED
const limits = {
  fieldSize: BODY_LIMIT,
  // One byte more than is allowed tells a file that is too large from one that is just not.
  fileSize: MAX_UPLOAD_BYTES + 1,
  fields: MAX_FIELDS,
  files: 1,
  parts: MAX_FIELDS + 1,
  headerPairs: 20,
  headerSize: 16 * 1024,
}

/** How one request's form is taken. */
export interface MultipartSettings {
  headers: IncomingHttpHeaders
  /** Bytes the whole body may have. */
  limit: number
  /** Told of bytes that are held, before they are; what it throws ends the form. */
  hold(bytes: number): void
  /** Where a file of that name goes; undefined when it is only to be noted. `fields` are those that came before it. */
  spoolFor(name: string, fields: Record<string, unknown>): Promise<Spool | undefined>
}

/** The parameters, and the files among them that are to be disposed of. */
export interface MultipartForm {
  parameters: Record<string, unknown>
  files: readonly SpooledFile[]
}

const EMPTY: MultipartForm = { parameters: {}, files: [] }

/** The form has no boundary, or ends before its last one. */
class Malformed extends Error {}

/**
 * The parameters of a `multipart/form-data` body (RFC 7578), nested by brackets as in other forms. A malformed form has no
 * parameters. Throws a `Refusal` (400, 413) and what the spool throws; then no file is kept.
 */
export async function parseMultipart(body: Readable, settings: MultipartSettings): Promise<MultipartForm> {
  if (Number(settings.headers['content-length']) > settings.limit) throw errors.tooLarge()
  const parser = parserOf(settings)
  if (!parser) {
    body.resume()
    return EMPTY
  }
  const parts = partsOf(parser, settings)
  try {
    await pass(body, parser, settings, parts)
    const files = await Promise.all(parts.files)
    return { parameters: parametersOf(parts.entries, files), files: files.filter((file) => file !== undefined) }
  } catch (error) {
    parts.abort()
    for (const settled of await Promise.allSettled(parts.files)) {
      if (settled.status === 'fulfilled') await settled.value?.[Symbol.asyncDispose]()
    }
    if (error instanceof Malformed) return EMPTY
    throw error
  }
}

function parserOf({ headers, limit }: MultipartSettings): BusboyInstance | undefined {
  const contentType = { 'content-type': headers['content-type'] ?? '' }
  try {
    // A part that fills its buffer and is skipped stops the parser for good, so no buffer may fill; see `pass`.
    return new Busboy({ headers: contentType, limits, fileHwm: limit + 1 })
  } catch {
    return undefined
  }
}

/** Feeds the body to the parser, no faster than the files are taken, to its end or until anything is wrong. */
async function pass(
  body: Readable,
  parser: BusboyInstance,
  { limit, hold }: MultipartSettings,
  parts: Parts,
): Promise<void> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  parser.once('finish', resolve)
  parser.once('error', (cause) => reject(new Malformed('The form is malformed', { cause })))
  let size = 0
  for await (const chunk of chunksOf(body)) {
    size += chunk.byteLength
    if (size > limit) throw errors.tooLarge()
    if (size <= MOST_HELD) hold(chunk.byteLength)
    parser.write(chunk)
    await parts.room()
  }
  parser.end()
  await Promise.race([done, parts.failed])
}

/** The body is left open, so that it can still be answered. */
async function* chunksOf(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw new Malformed('The body ended early', { cause })
  }
}

interface FilePart {
  filename: string
  /** Its place among the files. */
  file: number
}
type Entry = readonly [name: string, value: string | FilePart]

interface Parts {
  entries: Entry[]
  files: Promise<SpooledFile | undefined>[]
  /** Rejects as soon as a part cannot be taken. */
  failed: Promise<never>
  /** Resolves when more can be taken in; rejects as `failed` does. */
  room(): Promise<void>
  /** Ends the file that is still coming in. */
  abort(): void
}

/** Collects what the parser finds. */
function partsOf(parser: BusboyInstance, settings: MultipartSettings): Parts {
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const taking = turnstile()
  const parts: Parts = { entries: [], files: [], failed, room: taking.room, abort: () => taking.stop(undefined) }
  const fail = (error: unknown) => {
    taking.stop(error)
    reject(error)
  }
  failed.catch(() => {})
  let fieldBytes = 0
  parser.on('field', (name, value, _nameTruncated, truncated) => {
    fieldBytes += value.length
    if (truncated || fieldBytes > BODY_LIMIT) fail(errors.tooLarge())
    else if (`${name}${value}`.includes('\uFFFD')) fail(errors.notUtf8())
    else if (name !== undefined) parts.entries.push([name, value])
  })
  parser.on('file', (name, stream, filename) => {
    // A form that ends too early reports that here as well, maybe before anybody reads.
    stream.on('error', () => {})
    // A browser sends a nameless file where none was chosen.
    if (name === undefined || filename === '') {
      stream.resume()
      return
    }
    const file = take(settings, taking.through(stream), name, parts.entries)
    file.catch(fail)
    parts.entries.push([name, { filename: filename ?? '', file: parts.files.push(file) - 1 }])
  })
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.once(event, () => fail(errors.tooMany()))
  return parts
}

/** Lets the content of one file through and tells how far its reader has come. */
function turnstile() {
  let stream: Readable | undefined
  let failure: unknown
  let wake = () => {}
  return {
    through: (content: Readable): AsyncGenerator<Uint8Array> => {
      stream = content
      return noticing(content, () => wake())
    },
    room: async (): Promise<void> => {
      while (!failure && stream && stream.readableLength > BUFFERED) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (failure) throw failure
    },
    stop: (error: unknown): void => {
      failure = error
      stream?.destroy()
      wake()
    },
  }
}

async function* noticing(content: Readable, taken: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    taken()
    yield chunk
  }
}

async function take(
  { spoolFor }: MultipartSettings,
  content: AsyncGenerator<Uint8Array>,
  name: string,
  before: readonly Entry[],
): Promise<SpooledFile | undefined> {
  const spool = await spoolFor(name, fieldsOf(before))
  if (spool) return spool.keep(content)
  while (!(await content.next()).done) {
    // Read to its end, so that the fields after it are found.
  }
  return undefined
}

const fieldsOf = (entries: readonly Entry[]): Record<string, unknown> =>
  nest(entries.filter(([, value]) => typeof value === 'string'))

const parametersOf = (entries: readonly Entry[], files: readonly (SpooledFile | undefined)[]) =>
  nest(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : new UploadedFile(value.filename, files[value.file]),
    ]),
  )
