import type { Deps } from '../../deps.ts'
import type { Fields } from './fields.ts'
import type { Report } from './report.ts'

/** What every table's part of the import works with. */
export interface Barong1 {
  needs: Pick<
    Deps,
    'db' | 'clock' | 'ring' | 'vault' | 'config' | 'outbox' | 'blobs' | 'antivirus' | 'inspection' | 'log'
  >
  /** Name of the other database, under which it is noted what became of its rows. */
  source: string
  /** Directory of the files people uploaded there. */
  uploads?: string | undefined
  report: Report
  /** States of profiles as Barong 1.7 had them, by the id of their account there. */
  profile_states: Map<string, string>
}

/** Takes over a batch of rows of one table. */
export type Take = (barong1: Barong1, rows: Fields[]) => Promise<void>
