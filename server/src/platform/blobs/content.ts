import { BlobTooLarge, MAX_BLOB_BYTES } from './blobs.ts'

/** Passes the chunks on and throws `BlobTooLarge` as soon as they are too many bytes for one blob. */
export async function* bounded(content: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of content) {
    const bytes = bytesOf(chunk)
    size += bytes.byteLength
    if (size > MAX_BLOB_BYTES) throw new BlobTooLarge()
    yield bytes
  }
}

/** The whole content in memory, at most `MAX_BLOB_BYTES`. */
export async function readWhole(content: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bounded(content)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  throw new TypeError('A blob is made of bytes or text')
}
