import { accessSync, constants } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Deps } from '../deps.ts'
import { ImportError } from '../features/imports/import-error.ts'
import { importAccounts, importBarong1, type Report } from '../features/imports/imports.ts'
import { SECOND } from '../lib/clock.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { complain, say } from './output.ts'
import { outOfRoom } from './room.ts'

const OPTIONS = {
  from: { type: 'string' },
  uploads: { type: 'string' },
  source: { type: 'string' },
  report: { type: 'string' },
} as const
const PAUSE = 5 * SECOND

type Options = ReturnType<typeof readArguments<typeof OPTIONS>>['values']

/** `barong import`: people who come from elsewhere. */
export const importCommand: Command = {
  summary: 'Take in accounts from Barong 1.x, or with the password hashes of another program',
  usage: [
    'import accounts <file.csv|file.ndjson> [--report <file>]',
    'import barong1 --from <dump.sql|mysql://user:password@host/database> [--uploads <folder>] [--source <name>] [--report <file>]',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 2)
    const [what = '', file] = words
    const run = Object.hasOwn(imports, what) ? imports[what] : undefined
    if (!run) throw new UsageError(what === '' ? 'What to import?' : `There is no \`import ${what}\`.`)
    await run(values, file).catch((error: unknown) => {
      throw interruption(error)
    })
  },
}

/** What took its turn is kept, so that the way on is the same command. */
function interruption(error: unknown): unknown {
  const room = outOfRoom(error)
  if (room === undefined) return error
  const wayOn = 'Make room, and give the same command again: the import goes on from where it is.'
  return new ImportError(`There is no room any more (${room}). ${wayOn}`, { cause: error })
}

const imports: Readonly<Record<string, (options: Options, file: string | undefined) => Promise<void>>> = {
  accounts: async ({ report: name, ...others }, file) => {
    if (file === undefined) throw new UsageError('`import accounts` needs a file.')
    if (Object.keys(others).length > 0) throw new UsageError('`import accounts` knows no other option than --report.')
    accessSync(file, constants.R_OK)
    const report = resolve(name ?? `${file}.report.ndjson`)
    await using deps = await wire(loadConfig(processEnvironment()))
    saySums(await importAccounts(deps, file, { report, onProgress: progressOf(deps) }), report)
  },
  barong1: async ({ from, report: name, uploads, source }, extra) => {
    if (from === undefined || extra !== undefined) throw new UsageError('`import barong1` needs --from and a dump.')
    // Of a server, whose address is no place, the report is here.
    const beside = from.startsWith('mysql:') ? basename(from) : from
    const report = resolve(name ?? `${beside}.report.ndjson`)
    await using deps = await wire(loadConfig(processEnvironment()))
    saySums(await importBarong1(deps, from, { report, uploads, source, onProgress: progressOf(deps) }), report)
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
  let refused = 0
  for (const [kind, { read, imported, present, skipped }] of Object.entries(tallies)) {
    say(`${kind}: ${read} read, ${imported} imported, ${present} there already, ${skipped} left out`)
    refused += skipped
  }
  if (refused > 0) process.exitCode = 1
  say(`Which records were left out and why, and what else to know, stands in ${file}.`)
}
