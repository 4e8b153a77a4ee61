import { buffer } from 'node:stream/consumers'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import type { Account, Document } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import { findDocument, openFile } from '../documents/documents.ts'
import { watermarked } from './watermark.ts'

const errors = defineErrors('reviews', {
  noDocument: [404, 'Record is not found'],
  expired: [403, 'This link has expired'],
  unshowable: [422, 'This file is no picture inside and cannot be shown'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault' | 'blobs'>

const LIFETIME = 5 * MINUTE

/** Where an officer opens a file, and until when; it opens for nobody else. */
export async function viewOf(needs: Needs, viewer: Account, id: number) {
  const document = await readDocument(needs, id)
  const expires = String(seconds(needs.clock.now() + LIFETIME))
  const query = new URLSearchParams({ expires, signature: sign(needs, viewer, document, expires) })
  return {
    url: `/api/v1/admin/documents/${id}/file?${query}`,
    expires_at: isoSeconds(iso(Number(expires) * SECOND)),
    content_type: document.content_type === PDF ? PDF : 'image/jpeg',
    watermark: watermarkOf(needs, viewer),
  }
}

/** The file under the viewer's watermark, which PDFs are shown under by the console. The log tells who saw it. */
export async function openView(
  needs: Needs,
  viewer: Account,
  id: number,
  { expires, signature }: { expires: string; signature: string },
): Promise<{ content: Buffer; content_type: string }> {
  const document = await readDocument(needs, id)
  if (!equalSecrets(signature, sign(needs, viewer, document, expires))) throw errors.noDocument()
  if (Number(expires) <= seconds(needs.clock.now())) throw errors.expired()
  const { account_id, content_type } = document
  await needs.db
    .transaction()
    .execute((tx) => audit(needs, tx, { action: 'document.viewed', account_id, details: { document_id: id } }))
  const content = await buffer(await openFile(needs, document))
  if (content_type === PDF) return { content, content_type }
  const shown = await watermarked(content, watermarkOf(needs, viewer))
  if (!shown) throw errors.unshowable()
  return { content: shown, content_type: 'image/jpeg' }
}

const PDF = 'application/pdf'

const watermarkOf = ({ clock }: Needs, { uid, email }: Account): string =>
  `${uid} ${email} ${isoSeconds(iso(clock.now()))}`

async function readDocument({ db }: Needs, id: number): Promise<Document> {
  const document = await findDocument(db, id)
  if (!document) throw errors.noDocument()
  return document
}

const sign = ({ ring }: Needs, viewer: Account, { id, account_id }: Document, expires: string): string =>
  ring.digest('document view', `${id}/${account_id}/${viewer.id}/${expires}`)
