import { ImportError } from './import-error.ts'
import { type Cursor, endOfStatement, readInsertHead, readRow, readTableColumns, skipBlank } from './mysql-syntax.ts'

/** Rows of one table, in the order of the dump; a value is its text, or null. */
export interface DumpedRows {
  table: string
  rows: Record<string, string | null>[]
}

/** Characters one row or one statement that is no INSERT may have. */
const MAX_PENDING = 64 * 1024 * 1024

/**
 * Reads the rows of the wanted tables from a dump that mysqldump or mariadb-dump wrote, as it streams by. What is kept in
 * memory is one chunk of the text, and at most one row or one statement that goes beyond it.
 */
export async function* readDump(text: AsyncIterable<string>, wanted: ReadonlySet<string>): AsyncGenerator<DumpedRows> {
  const columns = new Map<string, string[]>()
  const cursor: Cursor = { text: '', at: 0 }
  let insert: { table: string; columns: string[] } | undefined
  for await (const chunk of text) {
    cursor.text = cursor.text.slice(cursor.at) + chunk
    cursor.at = 0
    if (cursor.text.length > MAX_PENDING) throw new ImportError('A statement of the dump has no end.')
    for (;;) {
      if (insert) {
        const { table } = insert
        const { rows, isDone } = readRows(cursor, insert, wanted.has(table))
        if (rows.length > 0) yield { table, rows }
        if (!isDone) break
        insert = undefined
      }
      skipBlank(cursor)
      const head = readInsertHead(cursor)
      if (head) {
        insert = { table: head.table, columns: head.columns ?? columnsOf(columns, head.table, wanted) }
        continue
      }
      const end = head === undefined ? endOfStatement(cursor) : undefined
      if (end === undefined) break
      const table = readTableColumns(cursor.text.slice(cursor.at, end))
      if (table) columns.set(table.name, table.columns)
      cursor.at = end
    }
  }
  cursor.text += '\n'
  skipBlank(cursor)
  if (insert || cursor.at < cursor.text.length) throw new ImportError('The dump is cut off.')
}

/** The rows of an INSERT that are whole; done when the statement has ended. */
function readRows(cursor: Cursor, { table, columns }: { table: string; columns: string[] }, isWanted: boolean) {
  const rows: DumpedRows['rows'] = []
  for (;;) {
    const row = readRow(cursor, isWanted)
    if (row === 'end') return { rows, isDone: true }
    if (row === undefined) return { rows, isDone: false }
    if (!isWanted) continue
    if (row.length !== columns.length)
      throw new ImportError(`A row of ${table} does not have the columns of its table.`)
    rows.push(Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])))
  }
}

function columnsOf(columns: Map<string, string[]>, table: string, wanted: ReadonlySet<string>): string[] {
  const known = columns.get(table)
  if (known || !wanted.has(table)) return known ?? []
  throw new ImportError(
    `The dump does not tell the columns of ${table}: leave --no-create-info out, or add --complete-insert.`,
  )
}
