import type { FileRecord } from './fields.ts'
import { ImportError } from './import-error.ts'

/** Characters one record may have. */
const MAX_RECORD = 1024 * 1024
/** A field and what follows it (RFC 4180, section 2). */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/y

/**
 * Reads comma separated values (RFC 4180) whose first line names the columns. Empty fields that are not quoted are left
 * out of their record. A record's line is the one it begins in.
 */
export async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<FileRecord[]> {
  const state: State = { text: '', at: 0, line: 1 }
  let names: string[] | undefined
  const take = (): FileRecord[] => {
    const records: FileRecord[] = []
    for (let row = readRow(state); row; row = readRow(state)) {
      if (!names) names = headOf(row.fields)
      else if (row.fields.length > 1 || row.fields[0] !== undefined) records.push(recordOf(names, row))
    }
    if (state.text.length - state.at > MAX_RECORD) throw new ImportError(`The record in line ${state.line} has no end.`)
    return records
  }
  for await (const chunk of text) {
    state.text = state.text.slice(state.at) + chunk
    state.at = 0
    yield take()
  }
  if (state.at < state.text.length && !state.text.endsWith('\n')) state.text += '\n'
  yield take()
  if (state.at < state.text.length)
    throw new ImportError(`The record in line ${state.line} is no CSV: look at its quotes.`)
}

interface State {
  text: string
  at: number
  line: number
}

interface Row {
  line: number
  /** Undefined where there is nothing. */
  fields: (string | undefined)[]
}

/** The next record that is whole. */
function readRow(state: State): Row | undefined {
  const { text } = state
  const fields: Row['fields'] = []
  for (FIELD.lastIndex = state.at; ; ) {
    const match = FIELD.exec(text)
    if (!match) return undefined
    const [, quoted, bare = '', end] = match
    fields.push(quoted === undefined ? bare || undefined : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    const row = { line: state.line, fields }
    state.line += text.slice(state.at, FIELD.lastIndex).split('\n').length - 1
    state.at = FIELD.lastIndex
    return row
  }
}

function headOf(fields: Row['fields']): string[] {
  const names = fields.map((name = '') => name.trim())
  if (!names.includes('email')) throw new ImportError('The first line must name the columns, `email` among them.')
  return names
}

function recordOf(names: readonly string[], { line, fields }: Row): FileRecord {
  if (fields.length !== names.length) {
    return { line, mistake: `The line has ${fields.length} fields, but the first one names ${names.length}` }
  }
  const values = names.map((name, index): [string, string | undefined] => [name, fields[index]])
  return { line, record: Object.fromEntries(values.filter(([, value]) => value !== undefined)) }
}
