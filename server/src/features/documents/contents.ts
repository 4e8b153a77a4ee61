import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Deps } from '../../deps.ts'
import { SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { type Queue, type QueueLimits, queueOf } from '../../lib/queue.ts'
import type { SpooledFile } from '../../platform/http/spool.ts'
import type { FileType } from './file-types.ts'
import { judgePdf, type PdfFault } from './pdf.ts'
import { cleanPicture, type Fingerprint } from './pictures.ts'

/** What of a file is kept. */
export interface KeptContent {
  content: Uint8Array
  content_type: string
  /** What a picture looks like, to find it again. */
  fingerprint: Fingerprint | undefined
}

const errors = defineErrors('documents', {
  busy: [503, 'Other files are being looked at, please try again in a moment'],
  ownBusy: [429, 'Other files of yours are being looked at, please try again in a moment'],
  unreadable: [422, 'Upload File cannot be read, please save or photograph it anew'],
  active: [
    422,
    'Upload File does more than show pages (scripts, forms or files in it), please print it into a new PDF',
  ],
  encrypted: [422, 'Upload File is protected by a password, please save it without one'],
  tooLarge: [422, 'Upload File unfolds to more than can be shown, please use a smaller picture'],
})

/**
 * One at a time: a large picture takes a quarter of a gigabyte while it is drawn, whatever the size of its file. Of one account as
 * many as papers have sides, so that nobody keeps the others waiting.
 */
const LIMITS: QueueLimits = { width: 1, waiting: 32, patience: 20 * SECOND, each: 3 }
const SOON = { headers: { 'retry-after': '5' } }

/** Where files wait to be looked at; 503 with Retry-After when it is full, 429 when it is so with files of the account that asks. */
export const inspectionQueue = (): Queue =>
  queueOf(LIMITS, (why) => (why === 'own' ? errors.ownBusy(SOON) : errors.busy(SOON)))

/**
 * What is kept of a file of a known type: pictures are drawn anew, PDFs are taken when they only show pages. Pictures and
 * PDFs that are none inside are refused, unless DOCUMENTS_READABLE lets them be kept as they came.
 */
export async function readContent(
  { config, inspection }: Pick<Deps, 'config' | 'inspection'>,
  { content_type }: FileType,
  file: Pick<SpooledFile, 'content'>,
  account_id: number,
): Promise<KeptContent> {
  const look = async (): Promise<KeptContent> => {
    const content = await buffer(Readable.from(file.content()))
    const outcome = await (content_type === PDF ? judgePdf(content) : cleanPicture(content, content_type))
    if (typeof outcome === 'object') return outcome
    if (outcome !== undefined && !(outcome === 'unreadable' && mayBeUnreadable(config))) throw refusalOf(outcome)
    return { content, content_type, fingerprint: undefined }
  }
  return inspection.run(look, { of: account_id })
}

const PDF = 'application/pdf'

function refusalOf(fault: PdfFault): Error {
  if (fault === 'too large') return errors.tooLarge()
  return errors[fault]()
}

const mayBeUnreadable = ({ values, production }: Deps['config']): boolean =>
  values.DOCUMENTS_READABLE === 'optional' || (values.DOCUMENTS_READABLE === 'production' && !production)
