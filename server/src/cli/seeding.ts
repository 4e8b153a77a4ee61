import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deps } from '../deps.ts'
import { type Planted, plantSeeds, readSeedFile, type SeedFile } from '../features/seeds/seeds.ts'
import { type Config, ConfigError } from '../platform/config/config.ts'
import { settings } from '../platform/config/settings.ts'

/** The seeds that come with the program. */
const BUNDLED = join(import.meta.dirname, '../../../config/seeds.yml')

/** Makes what SEEDS_FILE names and what is missing. */
export const plantFromFile = (deps: Deps): Promise<Planted> => plantSeeds(deps, readSeeds(deps.config))

/** Reads the file that SEEDS_FILE names. Throws ConfigError or SeedFileError. */
export function readSeeds({ values }: Pick<Config, 'values'>): SeedFile {
  return readSeedFile(values.SEEDS_FILE, contentOf(values.SEEDS_FILE))
}

function contentOf(file: string): string {
  const path = file === settings.SEEDS_FILE.fallback && !existsSync(file) ? BUNDLED : file
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError([`SEEDS_FILE cannot be read: ${error instanceof Error ? error.message : path}.`])
  }
}
