import { Readable } from 'node:stream'
import type { Deps } from '../../deps.ts'
import { iso, isoDay } from '../../lib/clock.ts'
import { defineErrors, Unavailable } from '../../lib/errors.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { noRoom } from '../../platform/blobs/no-room.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { AccountFacts, Document } from '../../platform/db/schema.ts'
import { documentCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import type { SpooledFile } from '../../platform/http/spool.ts'
import { isBarred } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { refuseInfected } from '../infections/infections.ts'
import { findLabel, setPrivateLabel } from '../labels/labels.ts'
import { refuseRejectedForGood } from '../review-cases/review-cases.ts'
import { readContent } from './contents.ts'
import { documentErrors, judgeFile } from './document-rules.ts'
import { judgeLink, type LinkProof } from './file-links.ts'
import type { FileType } from './file-types.ts'
import { insertFingerprint } from './fingerprints.ts'
import type { NewDocument } from './schema.ts'
import { claimFile, discardRefused, openFile, type SealedFile, storeFile } from './sealed-files.ts'
import { countDocuments, findDocument, insertDocument } from './store.ts'

export { findSamePictures } from './fingerprints.ts'
export { type MovedFile, moveDocumentIn } from './moving-in.ts'
export { cleanFiles, discardFile, forgetFile, openFile } from './sealed-files.ts'
export { findDocument, findSameNumbers, listDocuments } from './store.ts'

const errors = defineErrors('documents', {
  tooMany: [400, 'Maximum number of documents was reached'],
  tokenCameLate: [400, 'The access token must come before the file'],
  invalid: [422, 'The document is invalid'],
  storage: [500, 'Connection error'],
  noFile: [404, 'There is no such file'],
  expired: [403, 'This link has expired'],
})

type Needs = Pick<
  Deps,
  'db' | 'clock' | 'config' | 'ring' | 'vault' | 'blobs' | 'antivirus' | 'inspection' | 'log' | 'outbox'
>

/** Takes a document in and puts the account up for review. The file is stored first: there is never a row without its file. */
export async function createDocument(needs: Needs, account: AccountFacts, input: NewDocument): Promise<void> {
  await refuseRejectedForGood(needs.db, account)
  await refuseTooMany(needs, needs.db, account)
  const { kept } = input.upload
  if (!kept) throw errors.tokenCameLate()
  const type = await judge(needs, input, kept)
  await refuseInfected(needs, account.id, 'document', kept)
  const { content, content_type, fingerprint } = await readContent(needs, type, kept, account.id)
  const file = await store(needs, account, content)
  try {
    await needs.db.transaction().execute(async (tx) => {
      const id = await insert(needs, tx, account, input, { ...file, content_type, size: content.byteLength })
      if (fingerprint) await insertFingerprint(tx, id, fingerprint)
    })
  } catch (error) {
    await discardRefused(needs, file.blob_key, error)
    throw error
  }
}

/** The document a link leads to, with its content, which must be read to its end or destroyed. */
export async function openLinkedDocument(
  needs: Opening & Pick<Deps, 'config' | 'ring'>,
  id: number,
  proof: LinkProof,
): Promise<OpenedDocument> {
  const document = await findDocument(needs.db, id)
  if (!document || isBarred(document)) throw errors.noFile()
  const link = judgeLink(needs, document, proof)
  if (link === 'forged') throw errors.noFile()
  if (link === 'expired') throw errors.expired()
  return opened(needs, document)
}

/** A document of the account that asks, with its content, which must be read to its end or destroyed. */
export async function openOwnDocument(needs: Opening, { id }: AccountFacts, named: string): Promise<OpenedDocument> {
  const document = await findDocument(needs.db, idOf(named))
  if (!document || document.account_id !== id) throw errors.noFile()
  return opened(needs, document)
}

/** The number that a path names; 0, which no document has, where it names none. */
export const idOf = (named: string): number => (/^\d{1,15}$/.test(named) ? Number(named) : 0)

type Opening = Pick<Deps, 'db' | 'clock' | 'vault' | 'blobs'>

interface OpenedDocument {
  document: Document
  content: () => Promise<Readable>
}

function opened(needs: Opening, document: Document): OpenedDocument {
  const content = async (): Promise<Readable> => {
    await needs.db.transaction().execute((tx) => recordReading(needs, tx, document))
    return openFile(needs, document)
  }
  return { document, content }
}

/** Whoever holds a link may read the file, so nobody is named but the address. */
const recordReading = (needs: Pick<Deps, 'clock'>, tx: Tx, { id, account_id }: Document): Promise<void> =>
  audit(needs, tx, { action: 'document.read', account_id, details: { document_id: id } })

async function refuseTooMany({ config }: Pick<Deps, 'config'>, db: Deps['db'], account: AccountFacts): Promise<void> {
  if ((await countDocuments(db, account.id)) >= config.values.DOCUMENTS_LIMIT) throw errors.tooMany()
}

async function judge({ clock }: Needs, input: NewDocument, kept: SpooledFile): Promise<FileType> {
  const invalid = new ModelErrors()
  const type = await judgeFile(invalid, kept, input.upload.filename)
  documentErrors(invalid, input, isoDay(clock.now()))
  if (type && !invalid.any) return type
  throw errors.invalid({ body: { error: invalid.sentence() } })
}

async function store(needs: Needs, account: AccountFacts, content: Uint8Array): Promise<SealedFile> {
  try {
    return await storeFile(needs, account.id, Readable.from([content]))
  } catch (cause) {
    // A full disk, of files or of the database, passes: it is answered alike wherever it is met.
    const later = cause instanceof Unavailable ? cause : noRoom(cause)
    if (later) throw later
    needs.log.error({ err: cause }, 'A document could not be stored')
    throw errors.storage({ cause })
  }
}

/** The account is locked, so that of several documents at once none passes the limit. */
async function insert(
  needs: Needs,
  tx: Tx,
  account: AccountFacts,
  { doc_type, doc_number, doc_expire, metadata }: NewDocument,
  { blob_key, key_sealed, content_type, size }: SealedFile & Pick<Document, 'content_type' | 'size'>,
): Promise<number> {
  await lockAccount(tx, account.id)
  await refuseRejectedForGood(tx, account)
  await refuseTooMany(needs, tx, account)
  if (!(await claimFile(needs, tx, { account_id: account.id, blob_key, key_sealed }))) throw errors.storage()
  const now = iso(needs.clock.now())
  const document = await insertDocument(tx, needs.vault, {
    account_id: account.id,
    doc_type,
    doc_number,
    doc_expire,
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
    blob_key,
    key_sealed,
    content_type,
    size,
    created_at: now,
    updated_at: now,
  })
  await needs.outbox.record(tx, account.id, eventMessage(documentCreated(account, document)))
  const details = { document_id: document.id, doc_type }
  await audit(needs, tx, { action: 'document.submitted', account_id: account.id, details })
  const label = await findLabel(tx, account.id, 'document', 'private')
  if (label?.value !== 'verified') await setPrivateLabel(needs, tx, account.id, 'document', 'pending')
  return document.id
}
