import type { Readable } from 'node:stream'

/**
 * Where uploaded files live, under keys of lower-case letters, digits and hyphens, with `/` between segments. A file has at
 * most {@link MAX_BLOB_BYTES}. Rejections other than {@link BlobMissing}, {@link BlobTooLarge}, {@link BlobKeyInvalid} and the
 * content's own error come from the storage and may be tried again (a put with a fresh stream).
 */
export interface Blobs extends AsyncDisposable {
  /** Stores the stream whole or not at all; what was under the key before is replaced. */
  put(key: string, content: Readable): Promise<void>
  /** Rejects with BlobMissing when there is none; the stream must be read to its end or destroyed. */
  get(key: string): Promise<Readable>
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>
}

/** 12 MiB: a document of 10 MB and what sealing adds to it. */
export const MAX_BLOB_BYTES = 12 * 1024 * 1024

/** There is nothing under this key. */
export class BlobMissing extends Error {
  override readonly name = 'BlobMissing'
  constructor(key: string, options?: ErrorOptions) {
    super(`There is no blob ${key}`, options)
  }
}

/** The content has more than {@link MAX_BLOB_BYTES}; nothing was stored. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge'
  constructor() {
    super(`A blob has at most ${MAX_BLOB_BYTES} bytes`)
  }
}

/** The key has another form than keys have, and might lead out of the storage. */
export class BlobKeyInvalid extends Error {
  override readonly name = 'BlobKeyInvalid'
  constructor() {
    super('A blob key has 1 to 200 characters: a-z, 0-9 and -, in segments joined by /')
  }
}

/** Throws {@link BlobKeyInvalid} unless the key is well formed. */
export function checkKey(key: string): void {
  if (key.length > 200 || !/^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/.test(key)) throw new BlobKeyInvalid()
}
