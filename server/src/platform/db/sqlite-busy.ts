import { setTimeout as sleep } from 'node:timers/promises'
import { resultOf } from './sqlite-results.ts'
import { unavailable } from './unavailable.ts'

/** Milliseconds that the write of another process is waited for. */
const PATIENCE = 10_000
const LONGEST_PAUSE = 25
const SQLITE_BUSY = 5

/**
 * Runs the task again while another process has the database locked. SQLite would wait by itself, but it blocks the thread
 * while it does, so that this process answers nobody and cannot even finish what the other one waits for.
 */
export function patiently<T>(task: () => T): Promise<T> {
  try {
    return Promise.resolve(task())
  } catch (error) {
    return isBusy(error) ? again(task, error, 0) : Promise.reject(error)
  }
}

async function again<T>(task: () => T, busy: unknown, waited: number): Promise<T> {
  if (waited >= PATIENCE) throw unavailable(busy)
  const pause = Math.min(LONGEST_PAUSE, 1 + waited / 4) * (0.5 + Math.random())
  await sleep(pause)
  try {
    return task()
  } catch (error) {
    if (!isBusy(error)) throw error
    return again(task, error, waited + pause)
  }
}

const isBusy = (error: unknown): boolean => resultOf(error) === SQLITE_BUSY
