import { Readable } from 'node:stream'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Document } from '../../platform/db/schema.ts'
import type { SpooledFile } from '../../platform/http/spool.ts'
import { refuseInfected } from '../infections/infections.ts'
import { readContent } from './contents.ts'
import { documentErrors, judgeKeptFile } from './document-rules.ts'
import { insertFingerprint } from './fingerprints.ts'
import type { NewDocument } from './schema.ts'
import { claimFile, discardRefused, storeFile } from './sealed-files.ts'
import { insertDocument } from './store.ts'

const errors = defineErrors('documents', {
  invalid: [422, 'The document is invalid'],
  storage: [500, 'Connection error'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'vault' | 'blobs' | 'antivirus' | 'inspection' | 'log'>

/** A document that another program kept; it may have expired since it was reviewed. */
export type MovedDocument = Omit<NewDocument, 'upload'> & Pick<Document, 'account_id' | 'created_at' | 'updated_at'>

/** Its file. */
export type MovedFile = Pick<SpooledFile, 'size' | 'head' | 'content'>

/**
 * Takes over a document with its file, which is sealed here, and returns what would be refused today about it, the file
 * apart. No label changes and nobody is told; `follow` runs in the transaction that makes it true.
 */
export async function moveDocumentIn(
  needs: Needs,
  { metadata, ...document }: MovedDocument,
  file: MovedFile,
  follow: (tx: Tx, id: number) => Promise<void>,
): Promise<ModelErrors> {
  const outdated = new ModelErrors()
  documentErrors(outdated, metadata === undefined ? document : { ...document, metadata }, '')
  const invalid = new ModelErrors()
  const type = await judgeKeptFile(invalid, file)
  if (!type) throw errors.invalid({ body: { error: invalid.sentence() } })
  await refuseInfected(needs, document.account_id, 'document', file)
  const { content, content_type, fingerprint } = await readContent(needs, type, file, document.account_id)
  const stored = await storeFile(needs, document.account_id, Readable.from([content]))
  try {
    await needs.db.transaction().execute(async (tx) => {
      if (!(await claimFile(needs, tx, stored))) throw errors.storage()
      const { id } = await insertDocument(tx, needs.vault, {
        ...document,
        metadata: metadata === undefined ? null : JSON.stringify(metadata),
        blob_key: stored.blob_key,
        key_sealed: stored.key_sealed,
        content_type,
        size: content.byteLength,
      })
      if (fingerprint) await insertFingerprint(tx, id, fingerprint)
      await follow(tx, id)
    })
  } catch (error) {
    await discardRefused(needs, stored.blob_key, error)
    throw error
  }
  return outdated
}
