import { statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import type { Deps } from '../../deps.ts'
import type { Db } from '../../platform/db/db.ts'
import { normalizeEmail } from '../accounts/accounts.ts'
import { listLevels } from '../labels/labels.ts'
import { BATCH, EMAIL_TAKEN, insertRecords, inTransaction, nowOf, type Outcome, standardsOf } from './account-batch.ts'
import { accountRows, unknownFields } from './account-rows.ts'
import { countField, type Fields, type FileRecord, textField } from './fields.ts'
import { ImportError } from './import-error.ts'
import { hasKeptProfile } from './profile-rows.ts'
import { readRecords } from './record-files.ts'
import { openReport, type Report, recordImport } from './report.ts'
import { deleteProgress, findAccountsBefore, findProgress, lastAccountId, saveProgress } from './store.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault'>
type Levels = Awaited<ReturnType<typeof listLevels>>

const KIND = 'accounts'
/** Unknown fields that are told. */
const MOST_UNKNOWN = 20

/** What a run keeps in mind from batch to batch. */
interface Run {
  source: string
  levels: Levels
  report: Report
  /** The highest id of an account before it: what came later came by this very file. */
  last_id: number
  unknown: Set<string>
  /** Whether it was told that the file is in another encoding. */
  told_encoding: boolean
}

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
  const report = await openReport(report_file)
  const run: Run = {
    source,
    levels,
    report,
    last_id: await lastAccountId(needs.db),
    unknown: new Set(),
    told_encoding: false,
  }
  for await (const batch of batches(readRecords(file), done)) {
    await importBatch(needs, run, batch)
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

async function importBatch(needs: Needs, run: Run, batch: FileRecord[]) {
  const { source, levels, report } = run
  const records = batch.flatMap((one) => ('record' in one ? [one.record] : []))
  await inTransaction(needs, async (tx) => {
    const standards = standardsOf(needs, levels)
    const outcomes = await insertRecords(tx, needs.vault, records, (record) => accountRows(standards, record))
    await saveProgress(tx, source, batch.at(-1)?.line ?? 0, nowOf(needs))
    noteBatch(
      run,
      batch,
      outcomes,
      await presentOf(
        tx,
        run,
        records.filter((_, index) => isTaken(outcomes[index])),
      ),
    )
    // Before the commit, after which a run that is gone on with does not look at these lines again.
    await report.flush()
  })
}

/** Whether somebody has the address of the record. */
const isTaken = (outcome: Outcome | undefined): boolean =>
  outcome !== undefined && 'reason' in outcome && outcome.reason === EMAIL_TAKEN

function noteBatch(
  run: Run,
  batch: readonly FileRecord[],
  outcomes: readonly Outcome[],
  present: ReadonlySet<Fields>,
): void {
  const { report } = run
  const whole = batch.filter((one) => 'record' in one)
  report.count(KIND, 'read', batch.length)
  for (const one of batch) if ('mistake' in one) report.skip(KIND, { line: one.line }, one.mistake)
  for (const [index, outcome] of outcomes.entries()) {
    const { line = 0, record = {} } = whole[index] ?? {}
    tellUnknown(run, line, record)
    tellEncoding(run, line, record)
    if ('id' in outcome) report.count(KIND, 'imported', 1)
    else if (present.has(record))
      report.present(KIND, { line }, 'There is an account of this e-mail; it stays as it is')
    else report.skip(KIND, { line }, outcome.reason)
    if ('id' in outcome && hasKeptProfile(record))
      report.remark({ line }, 'The profile is kept as it was where it comes from, whatever the rules of today')
    // They are kept under a key of the server that made them.
    if ('id' in outcome && countField(record, 'recovery_codes') > 0)
      report.remark({ line }, 'Recovery codes do not come along: the person has to make new ones')
  }
}

/** Those of the records whose account was there before the run: their address is, and their uid, where they tell one. */
async function presentOf(db: Db, { last_id }: Run, records: Fields[]): Promise<Set<Fields>> {
  const emailOf = (record: Fields) => normalizeEmail(textField(record, 'email') ?? '')
  const uids = await findAccountsBefore(db, last_id, records.map(emailOf))
  return new Set(
    records.filter((record) => {
      const there = uids.get(emailOf(record))
      return there !== undefined && (textField(record, 'uid') ?? there) === there
    }),
  )
}

/** Tells of each unknown field once, where it comes first. */
function tellUnknown({ unknown, report }: Run, line: number, record: Fields): void {
  for (const name of unknownFields(record)) {
    if (unknown.has(name) || unknown.size === MOST_UNKNOWN) continue
    unknown.add(name)
    report.remark({ line }, `There is no field ${name.slice(0, 100)}: it is left out, here and wherever it comes again`)
  }
}

/** Tells once that the file has bytes that are no UTF-8, which read as U+FFFD: what names are refused for then is another thing. */
function tellEncoding(run: Run, line: number, record: Fields): void {
  if (run.told_encoding) return
  if (!Object.values(record).some((value) => typeof value === 'string' && value.includes('\uFFFD'))) return
  run.told_encoding = true
  run.report.remark({ line }, 'The file is not in UTF-8, here first: turn it into UTF-8 (iconv) and give it again')
}
