import { Readable } from 'node:stream'
import { BlobMissing, type Blobs, checkKey } from './blobs.ts'
import { readWhole } from './content.ts'

/** Keeps blobs in this process, for tests. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, Buffer>()
  return {
    async put(key, content) {
      checkKey(key)
      blobs.set(key, await readWhole(content))
    },
    async get(key) {
      checkKey(key)
      const blob = blobs.get(key)
      if (blob === undefined) throw new BlobMissing(key)
      return Readable.from([blob], { objectMode: false })
    },
    async remove(key) {
      checkKey(key)
      blobs.delete(key)
    },
    async [Symbol.asyncDispose]() {},
  }
}
