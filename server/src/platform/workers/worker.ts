import cluster from 'node:cluster'
import { once } from 'node:events'
import { READY, RETIRE } from './messages.ts'

/** Whether this process was started by a supervisor. */
export const isWorker = (): boolean => cluster.isWorker

/** Tells the supervisor that this worker serves. */
export function tellReady(): void {
  if (cluster.isWorker) process.send?.(READY)
}

/** Lets go of the supervisor, to whom this worker would listen for ever. */
export function leave(): void {
  if (cluster.isWorker && process.connected) cluster.worker?.disconnect()
}

/** Resolves when another worker has taken this one's place. */
export async function retirement(): Promise<void> {
  for (;;) {
    const [message] = await once(process, 'message')
    if (message === RETIRE) return
  }
}
