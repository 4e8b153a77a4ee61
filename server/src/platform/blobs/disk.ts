import { mkdirSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { uuid } from '../../lib/ids.ts'
import { isObject } from '../../lib/json.ts'
import { BlobMissing, type Blobs, checkKey } from './blobs.ts'
import { bounded } from './content.ts'

/** The directory, beside them, of blobs that have not come in whole yet. */
export const INCOMING = '.incoming'

/**
 * Keeps blobs as files below the directory, readable by this user alone (0600, directories 0700). A blob is written to
 * `.incoming/`, synced and renamed into place, so that it is there whole once `put` resolved, also after a power cut. What a
 * crash leaves in `.incoming/` may be deleted.
 */
export function diskBlobs(directory: string): Blobs {
  const root = resolve(directory)
  const incoming = join(root, INCOMING)
  mkdirSync(incoming, { recursive: true, mode: 0o700 })

  return {
    async put(key, content) {
      const target = fileOf(root, key)
      const temporary = join(incoming, uuid())
      try {
        await writeSynced(temporary, content)
        await mkdir(dirname(target), { recursive: true, mode: 0o700 })
        await rename(temporary, target)
        await syncUpTo(root, dirname(target))
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async get(key) {
      try {
        const file = await open(fileOf(root, key), 'r')
        return file.createReadStream()
      } catch (error) {
        throw isAbsent(error) ? new BlobMissing(key, { cause: error }) : error
      }
    },
    async remove(key) {
      const target = fileOf(root, key)
      try {
        await rm(target, { force: true })
        await syncDirectory(dirname(target))
      } catch (error) {
        if (!isAbsent(error)) throw error
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The suffix, which no key can contain, lets `a` and `a/b` exist side by side. */
function fileOf(root: string, key: string): string {
  checkKey(key)
  return join(root, `${key}.blob`)
}

async function writeSynced(path: string, content: Readable): Promise<void> {
  // The content may fail while the file is being opened, with nobody listening yet; reading it reports that error.
  content.once('error', () => {})
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(bounded(content))
  await file.sync()
}

/** Syncs every directory from this one up to the root: any of them may be new, made here or by a put at the same time. */
async function syncUpTo(root: string, path: string): Promise<void> {
  await syncDirectory(path)
  if (path !== root) await syncUpTo(root, dirname(path))
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, 'r')
  await directory.sync()
}

const isAbsent = (error: unknown): boolean =>
  isObject(error) && (error['code'] === 'ENOENT' || error['code'] === 'ENOTDIR')
