import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const GIB = 1024 ** 3
/** Free bytes of the machine, and of what it keeps in memory as files: several times what all tests write at once. */
const ROOM = { machine: 6 * GIB, files: 3 * GIB }
const DISK = 'BARONG_TEST_DISK'

/** Where what has to wait for a disk belongs; everything else of a test is in `tmpdir()`. */
export const diskFolder = (): string => process.env[DISK] ?? tmpdir()

/**
 * Puts what all tests of a run write into memory, where there is room for it. It outlives a process that is killed, as a disk
 * does, and nothing of it has to outlive the machine; on a disk every commit waits, and so does every copy of a database.
 * Returns the folder, which is to be removed in the end.
 */
export function writeToMemory(): string | undefined {
  if (!existsSync(MEMORY)) return undefined
  sweep()
  const { bavail, bsize } = statfsSync(MEMORY)
  if (bavail * bsize < ROOM.files || freemem() < ROOM.machine) return undefined
  const folder = mkdtempSync(join(MEMORY, `barong-tests-${process.pid}-`))
  // Databases and brokers run as other users, in folders of their own.
  chmodSync(folder, 0o711)
  process.env[DISK] = tmpdir()
  process.env['TMPDIR'] = folder
  return folder
}

/** Removes what runs left behind that were killed. */
function sweep(): void {
  for (const name of readdirSync(MEMORY)) {
    const pid = /^barong-tests-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(MEMORY, name), { recursive: true, force: true })
  }
}
