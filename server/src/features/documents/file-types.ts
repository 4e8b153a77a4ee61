import type { Document } from '../../platform/db/schema.ts'

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

/** The type by the content's first bytes, as names and claimed types prove nothing; for any other what the content is. */
export async function judgeContent(head: Uint8Array): Promise<FileType | { refused: string }> {
  const { fileTypeFromBuffer } = await import('file-type')
  const detected = await fileTypeFromBuffer(head)
  const type = ALLOWED.find(({ content_type }) => content_type === detected?.mime)
  return type ?? { refused: detected?.ext ?? 'unknown' }
}

/** The extension of a name that files must not have; undefined of one they may have. */
export function refusedExtension(filename: string): string | undefined {
  const extension = extensionOf(filename)
  return NAMES.includes(extension.toLowerCase()) ? undefined : extension
}

/** As 1.8.26 read names: without directories, and `_` for what is no letter, digit, `.`, `-`, `+` or `_`. */
function extensionOf(filename: string): string {
  const plain = (/[^/\\]*$/.exec(filename)?.[0] ?? '').replace(/[^\p{L}\p{M}\p{Nd}\p{Pc}.+-]/gu, '_')
  const found = /.\.(tar\.(?:[glx]?z|bz2))$/.exec(plain) ?? /.\.([^.]+)$/.exec(plain)
  return found?.[1] ?? ''
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

/** Whatever a file contains, it runs nothing and loads nothing. Browsers' own PDF viewers do not start in a sandbox. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
const policyOf = (content_type: string): string => (content_type === 'application/pdf' ? POLICY : `${POLICY}; sandbox`)

/** What a browser is told of a document's file. */
export const fileHeaders = ({
  doc_type,
  content_type,
  size,
}: Pick<Document, 'doc_type' | 'content_type' | 'size'>) => ({
  'content-type': content_type,
  'content-length': size,
  'content-disposition': `inline; filename="${safeFileName(doc_type, content_type)}"`,
  'content-security-policy': policyOf(content_type),
})
