import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Dialect, Kysely, type LogConfig } from 'kysely'
import { SECOND } from '../../lib/clock.ts'
import type { Db } from './db.ts'
import { DirectDatabase } from './direct-database.ts'
import { createPoolWatch, type PoolWatch } from './pool-watch.ts'
import { type PoolSettings, postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'

/** Where the data lives: a file of the embedded SQLite, or a PostgreSQL server. `spills`: what is sorted may be too much for memory. */
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly file: string; readonly spills?: boolean }
  | ({ readonly kind: 'postgres'; readonly url: string } & PoolSettings)

/** The same database for what may take its time. */
export function withoutLimits(settings: DatabaseSettings): DatabaseSettings {
  if (settings.kind === 'sqlite') return { ...settings, spills: true }
  const { query_timeout: _, ...rest } = settings
  return rest
}

/** The same database for who answers requests: no statement of theirs takes half a minute unless its host is gone. */
export const forRequests = (settings: DatabaseSettings): DatabaseSettings =>
  settings.kind === 'sqlite' ? settings : { ...settings, query_timeout: 30 * SECOND }

/** Opens the database; close it with `destroy()`. Migrations are a step of their own. `log` is told of every query. */
export function openDatabase(
  settings: DatabaseSettings,
  log: LogConfig = [],
  watch: PoolWatch = createPoolWatch(),
): Db {
  // Whoever wants to be told of every query is told by Kysely.
  const direct = Array.isArray(log) && log.length === 0
  const dialect = dialectOf(settings, watch, direct)
  return direct ? new DirectDatabase(dialect) : new Kysely({ dialect, log })
}

function dialectOf(settings: DatabaseSettings, watch: PoolWatch, direct: boolean): Dialect {
  if (settings.kind === 'postgres') return postgresDialect(settings.url, settings, watch, { direct })
  mkdirSync(dirname(settings.file), { recursive: true, mode: 0o700 })
  const { file, spills = false } = settings
  return sqliteDialect(file, { direct, spills })
}
