import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { uuid } from '../../lib/ids.ts'
import { noRoom } from '../blobs/no-room.ts'
import { openStream, sealStream } from '../crypto/sealed-stream.ts'

/** Keeps uploaded files on the disk while their request is answered. */
export interface Spool {
  /** Takes the content in; when it fails, nothing is kept. Throws 503 where there is no room. */
  keep(content: AsyncIterable<Uint8Array>): Promise<SpooledFile>
}

/** One uploaded file; its space is given back when it is disposed of. */
export interface SpooledFile extends AsyncDisposable {
  /** Bytes of the content. */
  readonly size: number
  /** The first bytes, enough to tell the type by. */
  readonly head: Uint8Array
  /** The content, read anew by each call. */
  content(): AsyncGenerator<Uint8Array>
}

/** What `file-type` looks at. */
const HEAD = 4100
const CONTEXT = 'spool'
const CHUNK = 64 * 1024
const SUFFIX = '.upload'

/**
 * A spool in the directory. What is written there is sealed under a key that never leaves this process, and its name is
 * removed as soon as it is open: whatever happens to the process, the space is free afterwards and nobody can read it.
 */
export function openSpool(directory: string): Spool {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  removeStale(directory)
  return {
    keep: async (content) => {
      try {
        return await fill(await openNameless(directory), content)
      } catch (error) {
        throw noRoom(error) ?? error
      }
    },
  }
}

/** Names are left only by a crash between opening and unlinking; another process may be doing just that. */
function removeStale(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.endsWith(SUFFIX)) rmSync(join(directory, name), { force: true })
  }
}

async function openNameless(directory: string): Promise<FileHandle> {
  const path = join(directory, `${uuid()}${SUFFIX}`)
  const file = await open(path, 'wx+', 0o600)
  try {
    await unlink(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      await file.close()
      throw error
    }
  }
  return file
}

async function fill(file: FileHandle, content: AsyncIterable<Uint8Array>): Promise<SpooledFile> {
  let size = 0
  let head: Uint8Array = Buffer.alloc(0)
  async function* noted() {
    for await (const chunk of content) {
      size += chunk.byteLength
      if (head.byteLength < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.byteLength)])
      yield chunk
    }
  }
  const { key, sealed } = sealStream(CONTEXT, noted())
  try {
    await file.writeFile(sealed)
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    size,
    head,
    content: () => openStream(key, CONTEXT, chunksOf(file)),
    [Symbol.asyncDispose]: () => file.close(),
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
