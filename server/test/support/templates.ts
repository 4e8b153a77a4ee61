import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/platform/config/config.ts'
import { migrate, migrations } from '../../src/platform/db/migrate.ts'
import { openDatabase, withoutLimits } from '../../src/platform/db/open.ts'
import { freshName, withClient } from './postgres-cluster.ts'

const SQLITE = 'BARONG_TEST_SQLITE_TEMPLATE'
const POSTGRES = 'BARONG_TEST_POSTGRES_TEMPLATE'

/**
 * Databases with all tables, to be copied: a file, and a database of the cluster that all test files of a run share. There are
 * none when a file is run by hand without the set-up of all; what starts on an empty database makes its tables by itself.
 */
export const templates = (): { sqlite: string | undefined; postgres: string | undefined } => ({
  sqlite: process.env[SQLITE],
  postgres: process.env[POSTGRES],
})

/** Makes them once, in `folder` and in the cluster at `url`; test files find them by the environment. */
export async function makeTemplates(folder: string, url: string): Promise<void> {
  const file = join(folder, 'template.sqlite')
  await withTables(`sqlite:${file}`)
  // Copies have the same mode, and in production nobody else may read a database.
  chmodSync(file, 0o600)
  process.env[SQLITE] = file
  const name = freshName()
  await withClient(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`))
  await withTables(Object.assign(new URL(url), { pathname: `/${name}` }).href)
  process.env[POSTGRES] = name
}

async function withTables(DATABASE_URL: string): Promise<void> {
  const { database } = loadConfig({ DATABASE_URL })
  await using db = openDatabase(withoutLimits(database))
  await migrate(db, database.kind, migrations(database.kind), () => {})
}
