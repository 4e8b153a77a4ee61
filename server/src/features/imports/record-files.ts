import { isObject } from '../../lib/json.ts'
import { readCsv } from './csv.ts'
import type { FileRecord } from './fields.ts'
import { ImportError } from './import-error.ts'
import { textOf } from './text-files.ts'

/** Characters a line may have. */
const MAX_LINE = 1024 * 1024

/** Reads the records of a `.csv` or `.ndjson` file (also `.jsonl`, and each of them packed as `.gz`), a chunk at a time. */
export function readRecords(file: string): AsyncGenerator<FileRecord[]> {
  const name = file.replace(/\.gz$/, '')
  if (name.endsWith('.csv')) return readCsv(textOf(file))
  if (name.endsWith('.ndjson') || name.endsWith('.jsonl')) return readLines(textOf(file))
  throw new ImportError('The name of the file must end in .csv, .ndjson or .jsonl, with or without .gz.')
}

async function* readLines(text: AsyncIterable<string>): AsyncGenerator<FileRecord[]> {
  let rest = ''
  let line = 0
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n')
    // Of a line that is too long no more is kept than shows it.
    rest = (lines.pop() ?? '').slice(0, MAX_LINE + 1)
    yield lines.flatMap((text) => recordOf(text, ++line))
  }
  yield recordOf(rest, line + 1)
}

function recordOf(text: string, line: number): FileRecord[] {
  if (text.length > MAX_LINE) return [{ line, mistake: 'The line is longer than a million characters' }]
  if (text.trim() === '') return []
  try {
    const record: unknown = JSON.parse(text)
    return [isObject(record) ? { line, record } : { line, mistake: 'The line is no JSON object' }]
  } catch {
    return [{ line, mistake: 'The line is no JSON' }]
  }
}
