import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  isAllSnapshots,
  MIGRATED,
  MIGRATING,
  type OneSnapshot,
  READY,
  RETIRE,
  type Snapshot,
  TAKE_SNAPSHOT,
  WANT_SNAPSHOTS,
} from './messages.ts'

/** Milliseconds that the supervisor is waited for: longer than it waits for any worker. */
const PATIENCE = 2000

/** Whether this process was started by a supervisor. */
export const isWorker = (): boolean => cluster.isWorker

/** Tells the supervisor that this worker serves. */
export function tellReady(): void {
  if (cluster.isWorker) process.send?.(READY)
}

/** Tells the supervisor that the database is being changed, which may take long, until what is returned goes. */
export function tellMigrating(): Disposable {
  if (cluster.isWorker) process.send?.(MIGRATING)
  return {
    [Symbol.dispose]: () => {
      if (cluster.isWorker && process.connected) process.send?.(MIGRATED)
    },
  }
}

/** Lets go of the supervisor, to whom this worker would listen for ever. */
export function leave(): void {
  if (cluster.isWorker && process.connected) cluster.worker?.disconnect()
}

/** Resolves when another worker has taken this one's place. */
export function retirement(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  // Of messages that come at once none is missed.
  const listen = (message: unknown) => {
    if (message !== RETIRE) return
    process.off('message', listen)
    resolve()
  }
  process.on('message', listen)
  return promise
}

/** The workers of this machine, as one of them sees them. */
export interface Siblings {
  /** Sends what `take` finds to the supervisor whenever it asks. */
  share(take: () => Promise<Snapshot>): void
  /** The latest metrics of all workers, and the sums of those that ended. */
  all(): Promise<readonly Snapshot[]>
  /** Sends the last word, as the worker ends. */
  part(): Promise<void>
}

/** The other workers; undefined where this process is the only one. */
export function siblings(): Siblings | undefined {
  if (!cluster.isWorker) return undefined
  const waiting: ((snapshots: readonly Snapshot[]) => void)[] = []
  let take = async (): Promise<Snapshot> => []
  const send = async (): Promise<void> => {
    const message: OneSnapshot = { snapshot: await take() }
    if (process.connected) process.send?.(message)
  }
  process.on('message', (message) => {
    if (message === TAKE_SNAPSHOT) void send()
    if (isAllSnapshots(message)) for (const resolve of waiting.splice(0)) resolve(message.snapshots)
  })
  return {
    share: (snapshot) => {
      take = snapshot
    },
    all: async () => {
      const { promise, resolve } = Promise.withResolvers<readonly Snapshot[]>()
      waiting.push(resolve)
      process.send?.(WANT_SNAPSHOTS)
      // A supervisor that does not know of this worker yet, or no longer, says nothing.
      const alone = sleep(PATIENCE, undefined, { ref: false }).then(async () => [await take()])
      return Promise.race([promise, alone])
    },
    part: send,
  }
}
