import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

const TASKS = '/proc/self/task'
/** How Node's library calls the threads of its pool. */
const POOL = 'libuv-worker'
/** Steps of niceness: with ten of them a thread gets a tenth of what one without them gets that wants the same core. */
const STEPS = 10
const NICEST = 19

/**
 * Has the threads of the pool, which hash and sign for tens of milliseconds without a pause, give way to those that answer, and to a
 * database on the same machine: otherwise these wait for a core until the system takes it from a hash. Once the pool has threads;
 * only Linux tells threads apart. Returns how many it has told.
 */
export function letPoolYield(): number {
  try {
    const niceness = Math.min(getPriority() + STEPS, NICEST)
    const threads = readdirSync(TASKS).filter((id) => readFileSync(`${TASKS}/${id}/comm`, 'utf8').trim() === POOL)
    for (const id of threads) setPriority(Number(id), niceness)
    return threads.length
  } catch {
    // Elsewhere, or where it is forbidden, the system's own order has to do.
    return 0
  }
}
