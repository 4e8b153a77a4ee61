import { statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import type { Deps } from '../../deps.ts'
import { listLevels } from '../labels/labels.ts'
import { BATCH, insertRecords, inTransaction, nowOf, type Outcome, standardsOf } from './account-batch.ts'
import { accountRows } from './account-rows.ts'
import { countField, type FileRecord } from './fields.ts'
import { ImportError } from './import-error.ts'
import { readRecords } from './record-files.ts'
import { openReport, type Report, recordImport } from './report.ts'
import { deleteProgress, findProgress, saveProgress } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault'>
type Levels = Awaited<ReturnType<typeof listLevels>>

const KIND = 'accounts'

/**
 * Takes in the accounts of a CSV or NDJSON file, in batches; each line wholly or not at all. A run that was interrupted is
 * gone on with when the same file is given again. Nobody is told: there are no mails and no events.
 */
export async function importAccounts(
  needs: Needs,
  file: string,
  { report: report_file, onProgress = () => {} }: { report: string; onProgress?: (report: Report) => void },
): Promise<Report> {
  const levels = await listLevels(needs.db)
  if (levels.length === 0) throw new ImportError('There are no levels yet: run `barong seed` first.')
  const source = `${await realpath(file)} (${statSync(file).size} bytes)`
  const done = await findProgress(needs.db, source)
  const report = await openReport(report_file, { append: done > 0 })
  for await (const batch of batches(readRecords(file), done)) {
    await importBatch(needs, source, levels, batch, report)
    onProgress(report)
  }
  await deleteProgress(needs.db, source)
  await report.close()
  await recordImport(needs, report)
  return report
}

/** Groups of records after the line `done`, of {@link BATCH} each. */
async function* batches(groups: AsyncIterable<FileRecord[]>, done: number): AsyncGenerator<FileRecord[]> {
  let batch: FileRecord[] = []
  for await (const group of groups) {
    for (const record of group) {
      if (record.line <= done) continue
      batch.push(record)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

async function importBatch(needs: Needs, source: string, levels: Levels, batch: FileRecord[], report: Report) {
  const whole = batch.filter((one) => 'record' in one)
  await inTransaction(needs, async (tx) => {
    const standards = standardsOf(needs, levels)
    const records = whole.map(({ record }) => record)
    const outcomes = await insertRecords(tx, needs.vault, records, (record) => accountRows(standards, record))
    await saveProgress(tx, source, batch.at(-1)?.line ?? 0, nowOf(needs))
    noteBatch(report, batch, outcomes)
    // Before the commit, after which a run that is gone on with does not look at these lines again.
    await report.flush()
  })
}

function noteBatch(report: Report, batch: readonly FileRecord[], outcomes: readonly Outcome[]): void {
  const whole = batch.filter((one) => 'record' in one)
  report.count(KIND, 'read', batch.length)
  for (const one of batch) if ('mistake' in one) report.skip(KIND, { line: one.line }, one.mistake)
  for (const [index, outcome] of outcomes.entries()) {
    const { line = 0, record = {} } = whole[index] ?? {}
    if ('id' in outcome) report.count(KIND, 'imported', 1)
    else report.skip(KIND, { line }, outcome.reason)
    // They are kept under a key of the server that made them.
    if ('id' in outcome && countField(record, 'recovery_codes') > 0)
      report.remark({ line }, 'Recovery codes do not come along: the person has to make new ones')
  }
}
