import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../lib/json.ts'

/** Where the built web app is. */
export const BUILT = join(import.meta.dirname, '../../../web/dist')

/** Files of one entry, as addresses. */
export interface EntryFiles {
  script: string
  /** Scripts that it imports at once. */
  imports: string[]
  styles: string[]
}

/** Every entry by its name; none when the app is not built. */
export type Build = Readonly<Record<string, EntryFiles>>

/** Reads what was built; once in production, and in development again when it was built anew. */
export function readBuild(production: boolean): () => Build {
  let build: Build = {}
  let read_at = 0
  return () => {
    if (production && read_at > 0) return build
    const file = join(BUILT, '.vite/manifest.json')
    const changed_at = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changed_at !== read_at) {
      build = changed_at === 0 ? {} : entriesOf(JSON.parse(readFileSync(file, 'utf8')))
      read_at = changed_at
    }
    return build
  }
}

function entriesOf(manifest: unknown): Build {
  const chunks = isObject(manifest) ? manifest : {}
  const entries = Object.entries(chunks).flatMap(([key, chunk]) =>
    isObject(chunk) && chunk['isEntry'] === true ? [[String(chunk['name']), filesOf(chunks, key)] as const] : [],
  )
  return Object.fromEntries(entries)
}

/** The files of a chunk with those of all that it imports. */
function filesOf(chunks: Record<string, unknown>, entry: string): EntryFiles {
  const imports = new Set<string>()
  const styles = new Set<string>()
  const visited = new Set<string>()
  const visit = (key: string): string => {
    visited.add(key)
    const chunk = chunks[key]
    if (!isObject(chunk)) throw new Error(`The build names a chunk that it does not have: ${key}`)
    for (const imported of textsOf(chunk['imports'])) if (!visited.has(imported)) imports.add(visit(imported))
    for (const style of textsOf(chunk['css'])) styles.add(`/app/${style}`)
    return `/app/${String(chunk['file'])}`
  }
  const script = visit(entry)
  return { script, imports: [...imports], styles: [...styles] }
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
