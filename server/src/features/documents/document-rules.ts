import { metadataErrors } from '../../lib/metadata.ts'
import type { ModelErrors } from '../../lib/sentences.ts'
import { MAX_UPLOAD_BYTES } from '../../platform/http/parameters.ts'
import type { SpooledFile } from '../../platform/http/spool.ts'
import { type FileType, judgeContent, refusedExtension, typeRefusal } from './file-types.ts'
import { DOCUMENT_TYPES, type NewDocument } from './schema.ts'

const NUMBER_MAX = 128

/** What is wrong with a document apart from its file; `today` is `YYYY-MM-DD`. */
export function documentErrors(errors: ModelErrors, document: Omit<NewDocument, 'upload'>, today: string): void {
  const { doc_type, doc_number, doc_expire, metadata } = document
  if (!DOCUMENT_TYPES.some((type) => type === doc_type)) errors.add('doc_type', 'is not included in the list')
  if ([...doc_number].length > NUMBER_MAX) errors.add('doc_number', `is too long (maximum is ${NUMBER_MAX} characters)`)
  if (!/^[A-Za-z0-9\s-]+$/.test(doc_number)) errors.add('doc_number', 'only allows letters and digits')
  if (doc_expire < today) errors.add('doc_expire', 'is invalid')
  for (const message of metadataErrors(metadata)) errors.add('metadata', message)
}

/** The type of a file that is handed in, or undefined when something is wrong with it. */
export async function judgeFile(
  errors: ModelErrors,
  file: Pick<SpooledFile, 'size' | 'head'>,
  filename: string,
): Promise<FileType | undefined> {
  const refused = refusedExtension(filename)
  if (refused !== undefined) return refuse(errors, typeRefusal(refused))
  return judgeKeptFile(errors, file)
}

/** The same of a file that another program took in, whatever it is called: 1.7.0 took any name. */
export async function judgeKeptFile(
  errors: ModelErrors,
  file: Pick<SpooledFile, 'size' | 'head'>,
): Promise<FileType | undefined> {
  if (file.size === 0) return refuse(errors, 'File size should be greater than 1 Byte')
  if (file.size > MAX_UPLOAD_BYTES) return refuse(errors, 'File size should be less than 10 MB')
  const type = await judgeContent(file.head)
  return 'refused' in type ? refuse(errors, typeRefusal(type.refused)) : type
}

function refuse(errors: ModelErrors, message: string): undefined {
  errors.add('upload', message)
  // 1.8.26 drops a file it refuses, and then misses it.
  errors.add('upload', "can't be blank")
}
