import { readFileSync, statSync } from 'node:fs'
import type { DatabaseSettings } from '../db/open.ts'
import { settings } from './settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The master key has a setting of its own for its file. */
const OWN = 'BARONG_MASTER_KEY'

/** Names of the settings that can be read from a file, named by the variable with _FILE after its name. */
export const fromFiles: readonly string[] = Object.entries(settings)
  .filter(([name, { secret }]) => secret && name !== OWN)
  .map(([name]) => name)

/** The environment with secrets read from the files that are named for them; what cannot be is a sentence of `mistakes`. */
export function withSecretFiles(environment: Environment, mistakes: string[]): Environment {
  const read = fromFiles.flatMap((name) => {
    const file = environment[`${name}_FILE`]?.trim()
    if (!file) return []
    if (environment[name]?.trim()) mistakes.push(`${name} and ${name}_FILE are both set; keep one.`)
    try {
      const secret = readFileSync(file, 'utf8').trim()
      // Set to nothing it would count as not set, and something else would be used in its place.
      if (secret === '') mistakes.push(`${name}_FILE is empty: ${file}.`)
      return [[name, secret] as const]
    } catch (error) {
      mistakes.push(`${name}_FILE cannot be read: ${error instanceof Error ? error.message : file}.`)
      return []
    }
  })
  return { ...environment, ...Object.fromEntries(read) }
}

/** Reads a secret that is in a file anew; what it was when the file cannot be read. `undefined`: it is in none. */
export type Rereading = (name: string) => (() => string) | undefined

/** For credentials that are replaced while the server runs: whoever connects anew asks what they are by now. */
export const rereading =
  (environment: Environment, values: Readonly<Record<string, unknown>>): Rereading =>
  (name) => {
    const file = environment[`${name}_FILE`]?.trim()
    if (!file) return undefined
    let last = String(values[name])
    return () => {
      try {
        // A file that is being replaced may be empty for a moment.
        last = readFileSync(file, 'utf8').trim() || last
      } catch {
        // It is away for a moment, or for good; who connects with what it was learns whether that still counts.
      }
      return last
    }
  }

/** Where containers are given secrets: files that may look open to all, in a place of their own, with modes from elsewhere. */
const SECRET_MOUNTS = /^\/(var\/)?run\/secrets\//

/** A sentence for each file with secrets that other users of this machine can read or change. */
export function openFiles(environment: Environment, database: DatabaseSettings): string[] {
  const named = [...fromFiles.map((name) => `${name}_FILE`), `${OWN}_FILE`, 'JWT_PRIVATE_KEY_PATH']
  const files = named.map((name) => [name, environment[name]?.trim() || undefined] as const)
  const all = [...files, ['DATABASE_URL', database.kind === 'sqlite' ? database.file : undefined] as const]
  return all.flatMap(([name, file]) =>
    file !== undefined && isOpen(file)
      ? [`${name}: other users of this machine can read or change ${file}; run \`chmod g-w,o= ${file}\`.`]
      : [],
  )
}

function isOpen(file: string): boolean {
  const { mode } = statSync(file, { throwIfNoEntry: false }) ?? { mode: 0 }
  return (mode & 0o026) !== 0 && !SECRET_MOUNTS.test(file)
}
