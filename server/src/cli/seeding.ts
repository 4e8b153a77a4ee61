import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { Deps } from '../deps.ts'
import { type Planted, plantSeeds, readSeedFile, type SeedFile, trySeeds } from '../features/seeds/seeds.ts'
import { systemClock } from '../lib/clock.ts'
import { type Config, ConfigError } from '../platform/config/config.ts'
import { settings } from '../platform/config/settings.ts'
import { createKeyRing } from '../platform/crypto/key-ring.ts'
import { createPasswords } from '../platform/crypto/passwords.ts'
import { openVault } from '../platform/crypto/vault.ts'
import type { Db } from '../platform/db/db.ts'
import { migrate } from '../platform/db/migrate.ts'
import { openDatabase } from '../platform/db/open.ts'
import { createOutbox } from '../platform/events/outbox.ts'

/** The seeds that come with the program. */
const BUNDLED = join(import.meta.dirname, '../../../config/seeds.yml')

/** Makes what SEEDS_FILE names and what is missing. */
export const plantFromFile = (deps: Deps): Promise<Planted> => plantSeeds(deps, readSeeds(deps.config))

/** Reads the file that SEEDS_FILE names. Throws ConfigError or SeedFileError. */
export function readSeeds({ values }: Pick<Config, 'values'>): SeedFile {
  return readSeedFile(values.SEEDS_FILE, contentOf(values.SEEDS_FILE))
}

/**
 * Plants the seeds in a database of their own, which goes away again, and returns what a start would refuse of them and what it would
 * only remark upon, a sentence each. `target` is the database that they are for, where there is one.
 */
export async function tryOut(
  config: Config,
  seeds: SeedFile,
  target?: Db,
): Promise<{ mistakes: string[]; remarks: string[] }> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'barong-seeds-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const db = openDatabase({ kind: 'sqlite', file: join(folder, 'seeds.sqlite') })
  stack.defer(() => db.destroy())
  await migrate(db, 'sqlite')
  const clock = systemClock
  const ring = createKeyRing([randomBytes(32)])
  const vault = await openVault({ db, clock, ring })
  const outbox = createOutbox({ clock, ring, tokens: false })
  const lines: string[] = []
  const log = pino({ level: 'warn', base: null }, { write: (line) => lines.push(line) })
  const needs = { db, clock, config, log, outbox, passwords: createPasswords(), ring, vault }
  const mistakes = await trySeeds(needs, seeds, target)
  return { mistakes, remarks: lines.map((line) => String(JSON.parse(line).msg)) }
}

function contentOf(file: string): string {
  const path = file === settings.SEEDS_FILE.fallback && !existsSync(file) ? BUNDLED : file
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError([`SEEDS_FILE cannot be read: ${error instanceof Error ? error.message : path}.`])
  }
}
