import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ImportError } from '../features/imports/import-error.ts'
import { SeedFileError } from '../features/seeds/seeds.ts'
import { Refusal, Unavailable } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'
import { ConfigError } from '../platform/config/config.ts'
import { MasterKeyMissing } from '../platform/crypto/key-ring.ts'
import { NewerSchema } from '../platform/db/schema-state.ts'
import { BackupError } from '../platform/db/sqlite-backup.ts'
import { reasonOf } from '../platform/db/unavailable.ts'
import { UsageError } from './command.ts'
import { outOfRoom } from './room.ts'

/** Errors whose message is a sentence for the operator. */
const SENTENCES = [UsageError, SeedFileError, ImportError, BackupError, NewerSchema, MasterKeyMissing]

/** What a person at the terminal is told of an error; only a mistake of ours shows its stack. */
export function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.sentences
  if (SENTENCES.some((kind) => error instanceof kind) && error instanceof Error) return [error.message]
  const room = isObject(error) && typeof error['path'] === 'string' ? undefined : outOfRoom(error)
  if (room !== undefined) return [`There is no room any more (${room}). Make room, and give the same command again.`]
  if (error instanceof Unavailable) return [`The database does not answer (${reasonOf(error)}); check DATABASE_URL.`]
  if (error instanceof Refusal) return [`${textOf(error).replace(/\.$/, '')}.`]
  // Nobody reads any more, as after `| head`: there is nobody to tell, and nothing went wrong.
  if (isObject(error) && error['code'] === 'EPIPE') return []
  const about =
    isObject(error) && typeof error['path'] === 'string' ? sayOfFile(error['code'], error['path']) : undefined
  if (about !== undefined) return [about]
  if (isObject(error) && error['code'] === 'EADDRINUSE') {
    return [`Port ${error['port']} is in use already; stop what listens there, or set PORT to another one.`]
  }
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
}

/** What the system had against a file or a folder; undefined where it is nothing that a person could have meant otherwise. */
function sayOfFile(code: unknown, path: string): string | undefined {
  const what = typeof code === 'string' && Object.hasOwn(AGAINST_FILES, code) ? AGAINST_FILES[code] : undefined
  if (code === 'ENOENT' && !existsSync(dirname(path))) return `There is no folder ${dirname(path)}.`
  return what && `${path} ${what}.`
}

const AGAINST_FILES: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there: a part of its path is no folder',
  EEXIST: 'is there already; name another file, or move it away',
  EISDIR: 'is a folder',
  EACCES: 'is closed to this user',
  EPERM: 'is closed to this user',
  EROFS: 'cannot be written to',
  ENOSPC: 'has no room any more',
}

const textOf = ({ body, message }: Refusal): string =>
  isObject(body) && typeof body['error'] === 'string' ? body['error'] : message
