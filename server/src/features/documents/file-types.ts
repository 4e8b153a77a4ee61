import { extname } from 'node:path'

/** A kind of file that documents come as. */
export interface FileType {
  content_type: string
  extension: string
}

const ALLOWED: readonly FileType[] = [
  { content_type: 'image/jpeg', extension: 'jpg' },
  { content_type: 'image/png', extension: 'png' },
  { content_type: 'application/pdf', extension: 'pdf' },
]
const NAMES = ['jpg', 'jpeg', 'png', 'pdf']

/**
 * The type by the content's first bytes, as names and claimed types prove nothing; for any other type the text to call it by:
 * what the content is, or else the name's extension.
 */
export async function judgeFileType(head: Uint8Array, filename: string): Promise<FileType | { refused: string }> {
  const { fileTypeFromBuffer } = await import('file-type')
  const detected = await fileTypeFromBuffer(head)
  const type = ALLOWED.find(({ content_type }) => content_type === detected?.mime)
  return type ?? { refused: detected?.ext ?? claimedExtension(filename) }
}

/** A file that is called an image and is none is of an unknown type. */
function claimedExtension(filename: string): string {
  const extension = extname(filename).slice(1).toLowerCase()
  return NAMES.includes(extension) || !/^[a-z0-9]{1,10}$/.test(extension) ? 'unknown' : extension
}

/** What an unacceptable type is told. */
export const typeRefusal = (refused: string): string =>
  `You are not allowed to upload "${refused}" files, allowed types: ${NAMES.join(', ')}`

/** The name a file is offered under, made of the document's type alone: `identity-card.png`. */
export function safeFileName(doc_type: string, content_type: string): string {
  const stem = doc_type.toLowerCase().replace(/[^a-z]+/g, '-')
  const extension = ALLOWED.find((type) => type.content_type === content_type)?.extension ?? 'bin'
  return `${stem}.${extension}`
}
