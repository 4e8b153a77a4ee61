import { access, appendFile, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Deps } from '../../deps.ts'
import { recordAct } from '../audit/audit.ts'

/** How many records of one kind came, and what became of them. */
interface Tally {
  read: number
  imported: number
  /** Were there already, from an earlier run or because somebody signed up. */
  present: number
  skipped: number
}

/** Where a record came from: a line of a file, or the id of a row. */
type Place = { line: number } | { table: string; id: string | number }

/**
 * What became of everything that was read. The file has a line of JSON for each record that was left out, with the reason,
 * and a last one with the sums. It names no person.
 */
export interface Report {
  readonly tallies: Readonly<Record<string, Tally>>
  count(kind: string, what: 'read' | 'imported' | 'present', by: number): void
  /** It is there already, and stays as it is. */
  present(kind: string, place: Place, text: string): void
  /** The record is left out. */
  skip(kind: string, place: Place, reason: string): void
  /** The record was taken, but something about it should be known. */
  remark(place: Place, text: string): void
  /** Writes what was noted since the last time. */
  flush(): Promise<void>
  /** Writes the sums. */
  close(): Promise<void>
}

/**
 * Begins a report, behind what the file has of earlier runs. It is there from the first line on, so that a run that is refused
 * leaves none. The file is for its owner's eyes only.
 */
export async function openReport(file: string): Promise<Report> {
  // Before anything is taken in that could not be told of.
  await access(dirname(file), constants.W_OK)
  const tallies: Record<string, Tally> = {}
  const of = (kind: string): Tally => {
    tallies[kind] ??= { read: 0, imported: 0, present: 0, skipped: 0 }
    return tallies[kind]
  }
  let lines: string[] = []
  const note = (line: object) => lines.push(`${JSON.stringify(line)}\n`)
  const flush = async () => {
    const text = lines.join('')
    lines = []
    if (text !== '') await appendFile(file, text, { mode: 0o600 })
  }
  return {
    tallies,
    count: (kind, what, by) => {
      of(kind)[what] += by
    },
    present: (kind, place, text) => {
      of(kind).present += 1
      note({ ...place, present: text })
    },
    skip: (kind, place, reason) => {
      of(kind).skipped += 1
      note({ ...place, skipped: reason })
    },
    remark: (place, text) => note({ ...place, remark: text }),
    flush,
    close: async () => {
      note({ sums: tallies })
      await flush()
    },
  }
}

/** Records in the audit log how many records of each kind were taken in. */
export function recordImport(needs: Pick<Deps, 'db' | 'clock'>, { tallies }: Report): Promise<void> {
  const imported = Object.entries(tallies).map(([kind, tally]) => [kind, tally.imported])
  return recordAct(needs, { action: 'accounts.imported', account_id: null, details: Object.fromEntries(imported) })
}
