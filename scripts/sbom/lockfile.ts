import { readFileSync } from 'node:fs'

/** A package as package-lock.json has it. */
export interface Locked {
  version?: string
  name?: string
  resolved?: string
  integrity?: string
  license?: string
  link?: boolean
  dev?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

/** Every package by its place, such as `node_modules/a/node_modules/b`. */
export type Lockfile = Readonly<Record<string, Locked>>

/** Reads a lockfile of npm. */
export function readLockfile(file: string | URL): Lockfile {
  const { packages }: { packages: Lockfile } = JSON.parse(readFileSync(file, 'utf8'))
  return packages
}

/** The places of what a package needs to run, found as Node finds them; optional packages of other machines count as well. */
export function neededBy(lock: Lockfile, place: string): string[] {
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = lock[place] ?? {}
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
  const names = [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers]
  return [...new Set(names)].flatMap((name) => placeOf(lock, place, name) ?? [])
}

/** Everything that the packages need, directly or not. */
export function closureOf(lock: Lockfile, places: readonly string[]): string[] {
  const found = new Set<string>()
  const waiting = [...places]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    for (const needed of neededBy(lock, place)) {
      if (found.has(needed)) continue
      found.add(needed)
      waiting.push(needed)
    }
  }
  return [...found].sort()
}

function placeOf(lock: Lockfile, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (lock[place]) return place
    if (folder === '') return undefined
  }
}
