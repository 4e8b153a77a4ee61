/** Papers that are taken. */
export const DOCUMENT_TYPES = ['Passport', 'Identity card', 'Driver license', 'Utility Bill'] as const
type DocumentType = (typeof DOCUMENT_TYPES)[number]

/** By which field the server's sentences are sorted. */
export const DOCUMENT_FIELDS = { doc_number: /doc number/i, doc_expire: /doc expire/i, upload: /upload|file/i } as const

export const isDocumentType = (text: string): text is DocumentType => DOCUMENT_TYPES.some((type) => type === text)

const MEGABYTE = 1024 * 1024
const LIMIT = 10 * MEGABYTE

/** Why a file will not be taken, as the name of a text; nothing when it may be. */
export function faultOfFile({ type, size }: File): 'documents.wrongType' | 'documents.tooLarge' | undefined {
  if (!['image/jpeg', 'image/png', 'application/pdf'].includes(type)) return 'documents.wrongType'
  return size > LIMIT ? 'documents.tooLarge' : undefined
}
