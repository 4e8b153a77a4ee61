import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real file system, in memory, that is full sooner than others. */
export interface SmallDisk extends Disposable {
  path: string
  /** Bytes that may still be written there. */
  room(): number
  /** Makes it as large as that. */
  grow(mebibytes: number): void
}

/** Mounts one of so many mebibytes. */
export function aSmallDisk(mebibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'barong-disk-'))
  const mount = (options: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'barong-test', path])
  mount(`size=${mebibytes}m,mode=0700`)
  return {
    path,
    room: () => {
      const { bavail, bsize } = statfsSync(path)
      return bavail * bsize
    },
    grow: (size) => mount(`remount,size=${size}m`),
    [Symbol.dispose]: () => {
      execFileSync('umount', ['--lazy', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Why none can be mounted here, or `false`: for the `skip` option of a test. */
export const noSmallDisk: string | false = canMount()
  ? false
  : 'NOT TESTED: this user may mount no file system, so none was filled up. Run the tests as root of a machine.'

if (noSmallDisk) process.stderr.write(`\n*** ${noSmallDisk}\n\n`)

function canMount(): boolean {
  if (process.platform !== 'linux') return false
  try {
    using _disk = aSmallDisk(1)
    return true
  } catch {
    return false
  }
}

/** Lets this process write no file beyond so many bytes, as an operator may; returns whether that is possible here. */
export function limitFiles(bytes: number | 'unlimited'): boolean {
  return spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]).status === 0
}
