import { readFileSync, writeFileSync } from 'node:fs'
import {
  countUnchained,
  exportLog,
  keysOf,
  makeCheckpoint,
  readDatabase,
  readExport,
  type Verdict,
  verifyLog,
} from '../features/audit/audit.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { complain, say, sayFacts } from './output.ts'

const OPTIONS = { file: { type: 'string' }, keys: { type: 'string' }, checkpoint: { type: 'string' } } as const

interface Options {
  file?: string | undefined
  keys?: string | undefined
  checkpoint?: string | undefined
}

/** `barong audit`: proves that the audit log is what was written. */
export const audit: Command = {
  summary: 'Verify, sign and export the audit log',
  usage: [
    'audit verify [--checkpoint <file>]',
    'audit verify --file <log> --keys <keys> [--checkpoint <file>]',
    'audit checkpoint',
    'audit export --file <log> --keys <keys>',
  ],
  run: async (args) => {
    const { values, words } = readArguments(args, OPTIONS, 1)
    const [name = ''] = words
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined
    if (!action) throw new UsageError(name === '' ? 'What to do?' : `There is no \`audit ${name}\`.`)
    await action(values)
  },
}

const actions: Readonly<Record<string, (options: Options) => Promise<void>>> = {
  verify: async ({ file, keys, checkpoint }) => {
    if ((file === undefined) !== (keys === undefined)) throw new UsageError('--file and --keys belong together.')
    const anchors = checkpoint === undefined ? [] : [readFileSync(checkpoint, 'utf8').trim()]
    const options = { anchors, progress }
    if (file !== undefined && keys !== undefined) {
      tell(await verifyLog(readExport(file), { find: readKeys(keys), ...options }))
      return
    }
    await using deps = await wire(loadConfig(processEnvironment()))
    const verdict = await verifyLog(readDatabase(deps.db), { find: (kid) => deps.keys.find(kid), ...options })
    tell(verdict, await countUnchained(deps.db))
  },
  checkpoint: async () => {
    await using deps = await wire(loadConfig(processEnvironment()))
    say(await makeCheckpoint(deps, 'audit.signed'))
  },
  export: async ({ file, keys }) => {
    if (file === undefined || keys === undefined) throw new UsageError('An export needs --file and --keys.')
    await using deps = await wire(loadConfig(processEnvironment()))
    await makeCheckpoint(deps, 'audit.exported')
    await exportLog(deps.db, file)
    writeFileSync(keys, `${JSON.stringify(deps.keys.jwks(), null, 2)}\n`)
    say(`The log is in ${file}, and the keys that verify it are in ${keys}. Keep them apart.`)
  },
}

function readKeys(file: string): ReturnType<typeof keysOf> {
  const text = readFileSync(file, 'utf8')
  try {
    return keysOf(text)
  } catch (cause) {
    throw new UsageError(`--keys: ${file} is no file with a JWK Set.`, { cause })
  }
}

/** Tells now and then how far it is. */
function progress(records: number): void {
  if (records % 100_000 === 0) complain(`${records} records so far`)
}

function tell({ broken, ...verdict }: Verdict, waiting?: number): void {
  sayFacts({
    Records: verdict.records,
    Checkpoints: verdict.checkpoints,
    'Signed up to': verdict.signed,
    'Signed at': verdict.signed_at ?? 'never',
    'Not signed yet': broken ? undefined : verdict.records - verdict.signed,
    'Not chained yet': waiting,
  })
  if (!broken) {
    say('\nThe log is whole.')
    return
  }
  const what = broken.what === 'record' ? `at record ${broken.seq}` : `at the checkpoint after record ${broken.seq}`
  complain(`\nThe log is broken ${what}: ${broken.why}.`)
  process.exitCode = 1
}
