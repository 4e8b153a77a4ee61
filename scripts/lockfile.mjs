// Completes package-lock.json after `npm install`: npm leaves out the optional packages for other kinds of machines that
// it could not look up, and the next `npm ci` then refuses the lockfile. Their versions are pinned by the packages that
// ask for them, and their names say what machines they are for.
import { readFileSync, writeFileSync } from 'node:fs'

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Package */

const lockfile = new URL('../package-lock.json', import.meta.url)
/** @type {{ packages: Record<string, Package> }} */
const lock = JSON.parse(readFileSync(lockfile, 'utf8'))

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** @param {string} name @param {string} version @param {Package} parent @returns {Package} */
function describe(name, version, parent) {
  const words = name.split(/[-/]/)
  const os = words.filter((word) => systems.includes(word))
  const cpu = words.filter((word) => processors.includes(word))
  if (os.length + cpu.length === 0) throw new Error(`The name ${name} does not say what kind of machine it is for.`)
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : []
  return {
    version,
    ...(cpu.length && { cpu }),
    ...(parent.dev && { dev: true }),
    ...(libc.length && { libc }),
    optional: true,
    ...(os.length && { os }),
  }
}

const missing = Object.entries(lock.packages).flatMap(([parent, found]) =>
  Object.entries(found.optionalDependencies ?? {})
    .filter(
      ([name]) => !(`node_modules/${name}` in lock.packages) && !(`${parent}/node_modules/${name}` in lock.packages),
    )
    .map(
      ([name, version]) => /** @type {[string, Package]} */ ([`node_modules/${name}`, describe(name, version, found)]),
    ),
)
// The package itself, '', sorts first as in npm's own order.
const packages = [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => a.localeCompare(b, 'en'))
lock.packages = Object.fromEntries(packages)
writeFileSync(lockfile, `${JSON.stringify(lock, null, 2)}\n`)
for (const [path, { version }] of missing) console.log(`added ${path.slice('node_modules/'.length)} ${version}`)
