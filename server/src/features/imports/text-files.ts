import { createReadStream } from 'node:fs'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

const CHUNK = 256 * 1024

/** The text of a file in UTF-8, piece by piece; one whose name ends in `.gz` is unpacked on the way. */
export async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8')
  for await (const bytes of bytesOf(file)) yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file, { highWaterMark: CHUNK })
  if (!file.endsWith('.gz')) {
    yield* source
    return
  }
  const unpacked = new PassThrough()
  const unpacking = pipeline(source, createGunzip(), unpacked)
  unpacking.catch(() => {})
  yield* unpacked
  await unpacking
}
