import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { uuid } from '../../lib/ids.ts'
import type { Blobs } from './blobs.ts'

/**
 * Keeps a small file, reads it and removes it again: a place that is full is read as ever. Returns whether it came back as it was.
 * Each who tries has a folder of their own, since they may be different users of the machine.
 */
export async function keepsFiles(blobs: Blobs, who: 'doctor' | 'health'): Promise<boolean> {
  const key = `${who}/${uuid()}`
  await blobs.put(key, Readable.from([Buffer.from(key)]))
  try {
    return (await buffer(await blobs.get(key))).toString() === key
  } finally {
    await blobs.remove(key)
  }
}
