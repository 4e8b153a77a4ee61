import { Readable } from 'node:stream'
import type { Deps } from '../../deps.ts'
import { HOUR, iso } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import { hexToken } from '../../lib/ids.ts'
import { openStream, sealStream } from '../../platform/crypto/sealed-stream.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Document } from '../../platform/db/schema.ts'
import {
  claimBlob,
  deleteUnclaimedBlob,
  insertUnclaimedBlob,
  listUnclaimedBlobs,
  putOffUnclaimedBlob,
} from './store.ts'

/** Where a document's file is, and the key that opens it. */
export type SealedFile = Pick<Document, 'account_id' | 'blob_key' | 'key_sealed'>

/** Far longer than any request lasts. */
const CLAIMED_WITHIN = HOUR
const BATCH = 10

/**
 * Stores the content sealed under a key of its own. Nothing refers to it until {@link claimFile}; what is never claimed is
 * removed by {@link cleanFiles} and readable by nobody, as its key is known to this process alone.
 */
export async function storeFile(
  { db, clock, vault, blobs }: Pick<Deps, 'db' | 'clock' | 'vault' | 'blobs'>,
  account_id: number,
  content: AsyncIterable<Uint8Array>,
): Promise<SealedFile> {
  const blob_key = hexToken(16)
  await insertUnclaimedBlob(db, blob_key, iso(clock.now()))
  const { key, sealed } = sealStream(blob_key, content)
  await blobs.put(blob_key, Readable.from(sealed, { objectMode: false }))
  const accountKey = await vault.keyOf(db, account_id)
  return { account_id, blob_key, key_sealed: accountKey.seal('documents.key_sealed', blob_key, key) }
}

/** Makes the file one that a row of this transaction refers to; false when that took so long that it may be gone. */
export const claimFile = ({ clock }: Pick<Deps, 'clock'>, tx: Tx, { blob_key }: SealedFile): Promise<boolean> =>
  claimBlob(tx, blob_key, iso(clock.now() - CLAIMED_WITHIN))

/** The content as it was handed in. Reading fails where the stored file was altered or cut off. */
export async function openFile(
  { db, vault, blobs }: Pick<Deps, 'db' | 'vault' | 'blobs'>,
  file: SealedFile,
): Promise<Readable> {
  const accountKey = await vault.keyOf(db, file.account_id)
  const key = accountKey.open('documents.key_sealed', file.blob_key, file.key_sealed)
  const sealed = await blobs.get(file.blob_key)
  return Readable.from(openStream(key, file.blob_key, sealed), { objectMode: false })
}

/** Notes that the row of a file goes, so that the file is cleaned up should the process die before it does so. */
export const forgetFile = ({ clock }: Pick<Deps, 'clock'>, tx: Tx, blob_key: string): Promise<void> =>
  insertUnclaimedBlob(tx, blob_key, iso(clock.now()))

/** Removes a file that will not be claimed. */
export async function discardFile({ db, blobs }: Pick<Deps, 'db' | 'blobs'>, blob_key: string): Promise<void> {
  await blobs.remove(blob_key)
  await deleteUnclaimedBlob(db, blob_key)
}

/**
 * Removes the file of a row that was refused. Any other error leaves it to {@link cleanFiles}, which sees whether it was claimed: a
 * COMMIT whose answer is lost may have been done.
 */
export async function discardRefused(
  needs: Pick<Deps, 'db' | 'blobs' | 'log'>,
  blob_key: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal)) return
  await discardFile(needs, blob_key).catch((cause: unknown) =>
    needs.log.error({ err: cause, blob: blob_key }, 'The file of a refused document stays until it is cleaned up'),
  )
}

/**
 * Removes a batch of files that were not claimed in time, as after a crash between storing and claiming; returns how many. One that
 * cannot be removed is put off for as long as files may wait, so that it keeps no other.
 */
export async function cleanFiles(needs: Pick<Deps, 'db' | 'clock' | 'blobs' | 'log'>): Promise<number> {
  const now = needs.clock.now()
  const overdue = await listUnclaimedBlobs(needs.db, iso(now - CLAIMED_WITHIN), BATCH)
  for (const blob_key of overdue) {
    await discardFile(needs, blob_key).catch(async (error: unknown) => {
      needs.log.error({ err: error, blob: blob_key }, 'A file could not be removed; it is tried again')
      await putOffUnclaimedBlob(needs.db, blob_key, iso(now))
    })
  }
  return overdue.length
}
