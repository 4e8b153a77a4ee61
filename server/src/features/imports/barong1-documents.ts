import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseDay } from '../../lib/day.ts'
import { type MovedFile, moveDocumentIn } from '../documents/documents.ts'
import { nowOf } from './account-batch.ts'
import { reasonOf } from './barong1-applications.ts'
import type { Barong1, Take } from './barong1-take.ts'
import { type Fields, neededText, textField, Unfit } from './fields.ts'
import { keptThough } from './kept.ts'
import { metadataOf, times } from './owned-rows.ts'
import { findImported, insertImported } from './store.ts'

const TABLE = 'documents'
/** First bytes, enough to tell the type by. */
const HEAD = 4100

/** Documents with their files, one after the other; without the file there is no document. */
export const takeDocuments: Take = async (barong1, rows) => {
  const { needs, source, report } = barong1
  const ids = rows.map((row) => neededText(row, 'id'))
  const present = await findImported(needs.db, source, TABLE, ids)
  const accounts = rows.map((row) => textField(row, 'account_id') ?? '')
  const owners = await findImported(needs.db, source, 'accounts', accounts)
  report.count(TABLE, 'present', present.size)
  for (const [index, row] of rows.entries()) {
    const id = ids[index] ?? ''
    if (present.has(id)) continue
    try {
      const outdated = await take(barong1, row, id, owners.get(accounts[index] ?? '') ?? undefined)
      report.count(TABLE, 'imported', 1)
      const remark = keptThough(outdated)
      if (remark !== undefined) report.remark({ table: TABLE, id }, remark)
    } catch (error) {
      report.skip(TABLE, { table: TABLE, id }, reasonOf(error))
    }
  }
}

async function take({ needs, source, uploads }: Barong1, row: Fields, id: string, account_id: number | undefined) {
  if (account_id === undefined) throw new Unfit('Its account was not taken over')
  if (uploads === undefined) throw new Unfit('No directory of uploads was given')
  const metadata = metadataOf(row)
  const doc_expire = parseDay(neededText(row, 'doc_expire'))
  if (doc_expire === undefined) throw new Unfit('Doc expire is no day')
  const document = {
    account_id,
    doc_type: neededText(row, 'doc_type'),
    doc_number: neededText(row, 'doc_number'),
    doc_expire,
    ...(metadata === undefined ? {} : { metadata }),
    ...times(row, nowOf(needs)),
  }
  await using file = await openUpload(join(uploads, 'document/upload', id), neededText(row, 'upload'))
  const moved = await movedFile(file)
  return await moveDocumentIn(needs, document, moved, (tx) =>
    insertImported(tx, source, TABLE, [{ source_id: id, row_id: null }]),
  )
}

/** The file itself and no other: the name comes from a database that is not ours. */
async function openUpload(directory: string, name: string): Promise<FileHandle> {
  if (basename(name) !== name || name === '..' || name === '.' || !/^\d+$/.test(basename(directory)))
    throw new Unfit('Upload is no name of a file')
  try {
    return await open(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch {
    throw new Unfit('The file is not in the directory of uploads')
  }
}

async function movedFile(file: FileHandle): Promise<MovedFile> {
  const facts = await file.stat()
  if (!facts.isFile()) throw new Unfit('Upload is no file')
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD), position: 0 })
  const content = async function* () {
    yield* file.createReadStream({ start: 0, autoClose: false })
  }
  return { size: facts.size, head: buffer.subarray(0, bytesRead), content }
}
