import { realpath } from 'node:fs/promises'
import { BATCH } from './account-batch.ts'
import { takeAccounts, tellLevels } from './barong1-accounts.ts'
import { takeApplications } from './barong1-applications.ts'
import { takeDocuments } from './barong1-documents.ts'
import { takeLevels, tellLadder } from './barong1-levels.ts'
import { takeApiKeys, takeLabels, takePhones, takeProfiles } from './barong1-owned.ts'
import type { Barong1, Take } from './barong1-take.ts'
import { upgradeAccounts } from './barong1-upgrade.ts'
import { takeWebsites } from './barong1-websites.ts'
import type { Fields } from './fields.ts'
import { readDump } from './mysql-dump.ts'
import { dumpOf, isMysqlUrl, withoutPassword } from './mysql-server.ts'
import { openReport, type Report, recordImport } from './report.ts'
import { textOf } from './text-files.ts'

/** Where the files are, and how the import is called. */
export interface Barong1Options {
  report: string
  source?: string | undefined
  uploads?: string | undefined
  onProgress?: (report: Report) => void
}

// In two passes over the dump, since what hangs on accounts may stand before them. Of a server that goes on being used, what
// came between the two comes with the next run.
const FIRST: Readonly<Record<string, Take>> = {
  levels: takeLevels,
  accounts: takeAccounts,
  oauth_applications: takeApplications,
  websites: takeWebsites,
}
const SECOND: Readonly<Record<string, Take>> = {
  profiles: takeProfiles,
  phones: takePhones,
  labels: takeLabels,
  api_keys: takeApiKeys,
  documents: takeDocuments,
}

/**
 * Takes over the database of Barong 1.x from a dump that mysqldump wrote, or from the server that `mysql://…` names: levels, accounts, applications, websites, profiles,
 * phones, labels, API keys, and documents with their files. What 1.7 did otherwise becomes what 1.8 made of it. It can be run again after an interruption, and with a later dump under
 * the same `source`: what was taken over stays as it is here, and what was refused is tried again. Nobody is told.
 */
export async function importBarong1(
  needs: Barong1['needs'],
  file: string,
  { report: report_file, source, uploads, onProgress = () => {} }: Barong1Options,
): Promise<Report> {
  const report = await openReport(report_file)
  const name = isMysqlUrl(file) ? withoutPassword(file) : await realpath(file)
  const barong1: Barong1 = { needs, source: source ?? name, uploads, report, profile_states: new Map() }
  for (const takes of [FIRST, SECOND]) await pass(barong1, file, takes, onProgress)
  await tellLadder(barong1)
  await upgradeAccounts(barong1)
  await tellLevels(barong1)
  await report.close()
  await recordImport(needs, report)
  return report
}

async function pass(
  barong1: Barong1,
  file: string,
  takes: Readonly<Record<string, Take>>,
  onProgress: (report: Report) => void,
): Promise<void> {
  const { report } = barong1
  const waiting = new Map<string, Fields[]>()
  const flush = async (table: string, rows: Fields[]) => {
    report.count(table, 'read', rows.length)
    await takes[table]?.(barong1, rows)
    await report.flush()
    onProgress(report)
  }
  for await (const { table, rows } of readDump(
    isMysqlUrl(file) ? dumpOf(file) : textOf(file),
    new Set(Object.keys(takes)),
  )) {
    let batch = [...(waiting.get(table) ?? []), ...rows]
    for (; batch.length >= BATCH; batch = batch.slice(BATCH)) await flush(table, batch.slice(0, BATCH))
    waiting.set(table, batch)
  }
  for (const [table, rows] of waiting) if (rows.length > 0) await flush(table, rows)
}
