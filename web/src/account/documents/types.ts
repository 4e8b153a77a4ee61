/** By which field the server's sentences are sorted. */
export const DOCUMENT_FIELDS = { doc_number: /doc number/i, doc_expire: /doc expire/i, upload: /upload|file/i } as const

const MEGABYTE = 1024 * 1024
const LIMIT = 10 * MEGABYTE

/** Why a file will not be taken, as the name of a text; nothing when it may be. */
export function faultOfFile({ type, size }: File): 'documents.wrongType' | 'documents.tooLarge' | undefined {
  if (!['image/jpeg', 'image/png', 'application/pdf'].includes(type)) return 'documents.wrongType'
  return size > LIMIT ? 'documents.tooLarge' : undefined
}
