import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { uuid } from '../../lib/ids.ts'
import type { Blobs } from './blobs.ts'

/** Keeps a small file, reads it and removes it again: a place that is full is read as ever. Returns whether it came back as it was. */
export async function keepsFiles(blobs: Blobs): Promise<boolean> {
  const key = `check/${uuid()}`
  await blobs.put(key, Readable.from([Buffer.from(key)]))
  try {
    return (await buffer(await blobs.get(key))).toString() === key
  } finally {
    await blobs.remove(key)
  }
}
