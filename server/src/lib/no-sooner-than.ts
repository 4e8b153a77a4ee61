import { setTimeout as sleep } from 'node:timers/promises'

/** Does the work and settles as it did, but not before `ms` milliseconds have passed, so that quick outcomes look like slow ones. */
export async function noSoonerThan<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const pause = sleep(ms)
  try {
    return await work()
  } finally {
    await pause
  }
}
