import { ImportError } from '../features/imports/import-error.ts'
import { SeedFileError } from '../features/seeds/seeds.ts'
import { Refusal, Unavailable } from '../lib/errors.ts'
import { isObject } from '../lib/json.ts'
import { ConfigError } from '../platform/config/config.ts'
import { NewerSchema } from '../platform/db/schema-state.ts'
import { BackupError } from '../platform/db/sqlite-backup.ts'
import { reasonOf } from '../platform/db/unavailable.ts'
import { UsageError } from './command.ts'

/** Errors whose message is a sentence for the operator. */
const SENTENCES = [UsageError, SeedFileError, ImportError, BackupError, NewerSchema]

/** What a person at the terminal is told of an error; only a mistake of ours shows its stack. */
export function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.sentences
  if (SENTENCES.some((kind) => error instanceof kind) && error instanceof Error) return [error.message]
  if (error instanceof Unavailable) return [`The database does not answer (${reasonOf(error)}); check DATABASE_URL.`]
  if (error instanceof Refusal) return [`${textOf(error).replace(/\.$/, '')}.`]
  if (isObject(error) && error['code'] === 'EADDRINUSE') {
    return [`Port ${error['port']} is in use already; stop what listens there, or set PORT to another one.`]
  }
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
}

const textOf = ({ body, message }: Refusal): string =>
  isObject(body) && typeof body['error'] === 'string' ? body['error'] : message
