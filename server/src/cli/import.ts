import { basename } from 'node:path'
import type { Deps } from '../deps.ts'
import { importAccounts, type Report } from '../features/imports/imports.ts'
import { SECOND } from '../lib/clock.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { complain, say } from './output.ts'

const OPTIONS = { report: { type: 'string' } } as const
const PAUSE = 5 * SECOND

/** `barong import`: people who come from elsewhere. */
export const importCommand: Command = {
  summary: 'Take in accounts with the password hashes of another program',
  usage: ['import accounts <file.csv|file.ndjson> [--report <file>]'],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 2)
    const [what, file] = words
    if (what !== 'accounts') throw new UsageError(what ? `There is no \`import ${what}\`.` : 'What to import?')
    if (file === undefined) throw new UsageError('`import accounts` needs a file.')
    const report = values.report ?? `${basename(file)}.report.ndjson`
    await using deps = await wire(loadConfig(processEnvironment()))
    const done = await importAccounts(deps, file, { report, onProgress: progressOf(deps) })
    saySums(done, report)
  },
}

/** Tells every few seconds how far it is. */
function progressOf({ clock }: Pick<Deps, 'clock'>): (report: Report) => void {
  let last = clock.now()
  return ({ tallies }) => {
    if (clock.now() - last < PAUSE) return
    last = clock.now()
    const sums = Object.entries(tallies).map(([kind, { read }]) => `${read} ${kind}`)
    complain(`${sums.join(', ')} so far`)
  }
}

function saySums({ tallies }: Report, file: string): void {
  for (const [kind, { read, imported, present, skipped }] of Object.entries(tallies))
    say(`${kind}: ${read} read, ${imported} imported, ${present} there already, ${skipped} left out`)
  say(`Why records were left out stands in ${file}.`)
}
