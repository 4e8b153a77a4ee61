import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deps } from '../deps.ts'
import { type Planted, plantSeeds, readSeedFile } from '../features/seeds/seeds.ts'
import { ConfigError } from '../platform/config/config.ts'
import { settings } from '../platform/config/settings.ts'

/** The seeds that come with the program. */
const BUNDLED = join(import.meta.dirname, '../../../config/seeds.yml')

/** Makes what SEEDS_FILE names and what is missing. */
export const plantFromFile = (deps: Deps): Promise<Planted> => {
  const file = deps.config.values.SEEDS_FILE
  return plantSeeds(deps, readSeedFile(file, contentOf(file)))
}

function contentOf(file: string): string {
  const path = file === settings.SEEDS_FILE.fallback && !existsSync(file) ? BUNDLED : file
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError([`SEEDS_FILE cannot be read: ${error instanceof Error ? error.message : path}.`])
  }
}
