import { buffer } from 'node:stream/consumers'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, MINUTE, SECOND, seconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { AccountFacts, Document } from '../../platform/db/schema.ts'
import { type Bitmap, type Drawing, drawPage } from '../../platform/pdf/draw.ts'
import { audit } from '../audit/audit.ts'
import { findDocument, openFile } from '../documents/documents.ts'
import { watermarked } from './watermark.ts'

const errors = defineErrors('reviews', {
  noDocument: [404, 'Record is not found'],
  expired: [403, 'This link has expired'],
  own: [403, 'Your own documents are for your colleagues to look at'],
  unshowable: [422, 'This file cannot be shown; what is in it is no picture, or too much'],
  noPage: [422, 'page must be one that the document has'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault' | 'blobs' | 'inspection'>

const LIFETIME = 5 * MINUTE

/** Where an officer opens a file, and until when; it opens for nobody else. */
export async function viewOf(needs: Needs, viewer: AccountFacts, id: number) {
  const document = await readDocument(needs, viewer, id)
  const expires = String(seconds(needs.clock.now() + LIFETIME))
  const query = new URLSearchParams({
    expires,
    signature: needs.ring.digest(PURPOSE, textOf(viewer, document, expires)),
  })
  return {
    url: `/api/v1/admin/documents/${id}/file?${query}`,
    expires_at: isoSeconds(iso(Number(expires) * SECOND)),
    content_type: SHOWN,
    pages: await pagesOf(needs, document),
    watermark: watermarkOf(needs, viewer),
  }
}

/** A page of the file, a picture under the viewer's watermark whatever the file is. The log tells who saw it. */
export async function openView(
  needs: Needs,
  viewer: AccountFacts,
  id: number,
  { expires, signature, page }: { expires: string; signature: string; page: number },
): Promise<{ content: Buffer; content_type: string }> {
  const document = await readDocument(needs, viewer, id)
  if (!needs.ring.recognises(PURPOSE, textOf(viewer, document, expires), signature)) throw errors.noDocument()
  if (Number(expires) <= seconds(needs.clock.now())) throw errors.expired()
  const { account_id } = document
  await needs.db
    .transaction()
    .execute((tx) => audit(needs, tx, { action: 'document.viewed', account_id, details: { document_id: id, page } }))
  const picture = await pictureOf(needs, document, page)
  const shown = await watermarked(picture, watermarkOf(needs, viewer))
  if (!shown) throw errors.unshowable()
  return { content: shown, content_type: SHOWN }
}

const PDF = 'application/pdf'
const SHOWN = 'image/jpeg'

async function pagesOf(needs: Needs, document: Document): Promise<number> {
  return document.content_type === PDF ? (await draw(needs, document, undefined)).pages : 1
}

async function pictureOf(needs: Needs, document: Document, page: number): Promise<Buffer | Bitmap> {
  if (document.content_type === PDF) {
    const { picture } = await draw(needs, document, page - 1)
    if (picture) return picture
  } else if (page === 1) return buffer(await openFile(needs, document))
  throw errors.noPage()
}

/** Waits its turn among the files that are looked at, before all uploads. */
async function draw(needs: Needs, document: Document, page: number | undefined): Promise<Drawing> {
  const drawing = await needs.inspection.run(
    async () => drawPage({ content: await buffer(await openFile(needs, document)), page }),
    { ahead: true },
  )
  if (!drawing || drawing.pages === 0) throw errors.unshowable()
  return drawing
}

const watermarkOf = ({ clock }: Needs, { uid, email }: AccountFacts): string =>
  `${uid} ${email} ${isoSeconds(iso(clock.now()))}`

/** A document of somebody else; nobody reviews themselves. */
async function readDocument({ db }: Needs, viewer: Pick<AccountFacts, 'id'>, id: number): Promise<Document> {
  const document = await findDocument(db, id)
  if (!document) throw errors.noDocument()
  if (document.account_id === viewer.id) throw errors.own()
  return document
}

const PURPOSE = 'document view'
const textOf = (viewer: AccountFacts, { id, account_id }: Document, expires: string): string =>
  `${id}/${account_id}/${viewer.id}/${expires}`
