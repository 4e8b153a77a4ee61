import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, type LogConfig } from 'kysely'
import type { Db } from './db.ts'
import { createPoolWatch, type PoolWatch } from './pool-watch.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

/** Where the data lives: a file of the embedded SQLite, or a PostgreSQL server. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly connections: number }

/** Opens the database; close it with `destroy()`. Migrations are a step of their own. `log` is told of every query. */
export function openDatabase(
  settings: DatabaseSettings,
  log: LogConfig = [],
  watch: PoolWatch = createPoolWatch(),
): Db {
  // Whoever wants to be told of every query is told by Kysely.
  const direct = Array.isArray(log) && log.length === 0
  if (settings.kind === 'postgres')
    return new Kysely({ dialect: postgresDialect(settings.url, settings.connections, watch, { direct }), log })
  mkdirSync(dirname(settings.file), { recursive: true, mode: 0o700 })
  return new Kysely({ dialect: sqliteDialect(settings.file, { direct }), log })
}
