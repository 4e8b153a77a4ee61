import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { INCOMING } from '../platform/blobs/disk.ts'
import { type Config, loadConfig, processEnvironment } from '../platform/config/config.ts'
import { masterKeyFile } from '../platform/config/secrets.ts'
import { BackupError, backUpSqlite, checkSqlite } from '../platform/db/sqlite-backup.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { complain, say } from './output.ts'

const DATABASE = 'barong.sqlite'
const DOCUMENTS = 'documents'

/** `barong backup`: the embedded database and the documents, while the server runs. */
export const backup: Command = {
  summary: 'Copy the embedded database and the documents while the server runs',
  usage: ['backup <new directory>'],
  run: async (args) => {
    const [directory] = readArguments(args, {}, 1).words
    if (directory === undefined) throw new UsageError('`backup` needs a directory to make.')
    const config = loadConfig(processEnvironment())
    const target = resolve(directory)
    if (existsSync(target)) throw new BackupError(`${target} is there already; a backup is made in a new directory.`)
    // Under another name until it is whole, so that nobody takes half of one for a backup.
    const unfinished = `${target}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    // The database first: documents are never changed, so that each one it names is there, but for those deleted since.
    await backUpSqlite(sqliteFile(config), join(unfinished, DATABASE), tellEvery(10))
    await chmod(join(unfinished, DATABASE), 0o600)
    const documents = join(config.data_dir, DOCUMENTS)
    const isLocal = config.values.STORAGE_PROVIDER === 'local'
    if (isLocal && existsSync(documents)) await copyTree(documents, join(unfinished, DOCUMENTS))
    await rename(unfinished, target)
    const { BARONG_MASTER_KEY: key, BARONG_MASTER_KEY_FILE: file } = config.values
    const place = key !== undefined ? 'BARONG_MASTER_KEY' : (file ?? masterKeyFile(config))
    say(`The backup is in ${target}. It is worth nothing without the master key (${place}), which it does not hold.`)
    if (!isLocal) say('Documents are in the bucket and were not copied.')
  },
}

/** `barong restore`: a backup becomes the data of an installation that has none. */
export const restore: Command = {
  summary: 'Put a backup in place where there is no data yet',
  usage: ['restore <directory of a backup>'],
  run: async (args) => {
    const [directory] = readArguments(args, {}, 1).words
    if (directory === undefined) throw new UsageError('`restore` needs the directory of a backup.')
    const config = loadConfig(processEnvironment())
    const source = resolve(directory)
    const file = sqliteFile(config)
    const documents = join(config.data_dir, DOCUMENTS)
    if (!existsSync(join(source, DATABASE))) throw new BackupError(`${source} holds no backup.`)
    // SQLite would take what a former database left beside it for changes of this one.
    for (const place of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`, documents])
      if (existsSync(place))
        throw new BackupError(`${place} is there already; move it away first. Nothing was changed.`)
    checkSqlite(join(source, DATABASE))
    await mkdir(config.data_dir, { recursive: true, mode: 0o700 })
    await putInPlace(join(source, DOCUMENTS), documents, copyTree)
    await putInPlace(join(source, DATABASE), file, copyFile)
    say(
      `Restored to ${config.data_dir}. Put the master key of that time in place (BARONG_MASTER_KEY, BARONG_MASTER_KEY_FILE or ${masterKeyFile(config)}); \`barong doctor\` tells whether it fits.`,
    )
  },
}

function sqliteFile({ database }: Config): string {
  if (database.kind === 'sqlite') return database.file
  throw new BackupError('The database is PostgreSQL: use pg_dump and pg_restore (docs/guides/running.md, Backups).')
}

/** Copies what there is under another name, so that nobody takes half of it for the whole. */
async function putInPlace(from: string, to: string, copy: (from: string, to: string) => Promise<void>): Promise<void> {
  if (!existsSync(from)) return
  const unfinished = `${to}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await copy(from, unfinished)
  await rename(unfinished, to)
}

/** Copies a directory file by file; what is deleted meanwhile, or has not come in whole yet, is passed over. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(from, { withFileTypes: true }).catch(passOverMissing([]))) {
    if (entry.name === INCOMING) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else await copyFile(source, target).catch(passOverMissing(undefined))
  }
}

const passOverMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead
    throw error
  }

/** Tells of progress in steps of some percent, on standard error. */
function tellEvery(step: number): (part: number) => void {
  let told = 0
  return (part) => {
    const percent = Math.floor((part * 100) / step) * step
    if (percent > told) complain(`${percent} % of the database`)
    told = Math.max(told, percent)
  }
}
