import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '../../lib/clock.ts'
import { collectSnapshots } from './collecting.ts'
import { MIGRATED, MIGRATING, READY, RETIRE } from './messages.ts'

/** Processes that serve one port, kept at their number. */
export interface Supervisor {
  /** Resolves when all serve; rejects with WorkerFailed when one does not become ready. */
  started: Promise<void>
  /** Replaces each worker by a new one that is ready before the old one goes; a new release or new files then serve. */
  reload(): void
  /** Ends all workers as their own SIGTERM would, and resolves when they are gone; who hangs is killed. */
  stop(): Promise<void>
}

interface Needs {
  count: number
  /** Milliseconds that a worker has for its last requests. */
  patience: number
  /** Milliseconds after which a worker that is not ready is killed; those in which it migrates do not count. */
  startTimeout: number
  log: { info(words: string): void; error(words: string): void }
}

const SHORTEST_PAUSE = SECOND / 10
const LONGEST_PAUSE = 30 * SECOND
/** Who lived so long did not end because of how it began. */
const HEALTHY = 60 * SECOND
/** In which one that another took the place of lets its connections go, before it ends. */
const DRAINING = 5 * SECOND
/** One that takes longer is told of. */
const USUAL_START = 60 * SECOND

/**
 * Starts the workers: one first, since it migrates and plants, and the others when it is ready. Each is started with
 * `--worker` and its number, from 1 on.
 */
export function superviseWorkers({ count, patience, startTimeout, log }: Needs): Supervisor {
  const places = new Map<number, Worker>()
  const turns = new Map<number, Promise<void>>()
  const include = collectSnapshots()
  let stopping = false
  let pause = SHORTEST_PAUSE

  const occupy = async (place: number): Promise<void> => {
    if (stopping) return
    const started = performance.now()
    const worker = await startWorker(place, startTimeout, log)
    places.set(place, worker)
    include(worker)
    worker.once('exit', (code, signal) => {
      if (stopping || places.get(place) !== worker) return
      places.delete(place)
      if (performance.now() - started > HEALTHY) pause = SHORTEST_PAUSE
      log.error(`Worker ${place} ended (${signal ?? code}) and is replaced`)
      void replace(place)
    })
  }
  /** A place is filled by one at a time: a worker may take long to become ready. */
  const inTurn = (place: number, fill: () => Promise<void>): Promise<void> => {
    const mine = (turns.get(place) ?? Promise.resolve()).then(fill)
    turns.set(
      place,
      mine.catch(() => {}),
    )
    return mine
  }
  const replace = async (place: number): Promise<void> => {
    while (!stopping && !places.has(place)) {
      await sleep(pause)
      pause = Math.min(LONGEST_PAUSE, pause * 2)
      // A reload may have filled the place meanwhile.
      const fill = async () => (places.has(place) ? undefined : occupy(place))
      await inTurn(place, fill).catch((error: unknown) => log.error(reasonOf(error)))
    }
  }
  const reloadAll = async (): Promise<void> => {
    for (let place = 1; place <= count && !stopping; place += 1) {
      await inTurn(place, async () => {
        const old = places.get(place)
        await occupy(place)
        if (old) retire(old, patience + DRAINING, log)
      })
    }
    log.info('All workers are new')
  }

  const occupyAll = async (): Promise<void> => {
    await occupy(1)
    await Promise.all(Array.from({ length: count - 1 }, (_, index) => occupy(index + 2)))
  }
  const started = occupyAll()
  let reloads = started
  return {
    started,
    reload: () => {
      reloads = reloads
        .then(reloadAll)
        .catch((error: unknown) => log.error(`The old workers go on: ${reasonOf(error)}`))
    },
    stop: async () => {
      stopping = true
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      await Promise.all(workers.map((worker) => endWorker(worker, patience, log)))
    },
  }
}

/** A worker ended before it was ready; it has said why itself. */
export class WorkerFailed extends Error {
  override readonly name: string = 'WorkerFailed'
}

/** A worker was not ready in time, and was killed. */
export class WorkerHung extends WorkerFailed {
  override readonly name = 'WorkerHung'
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function startWorker(place: number, timeout: number, log: Needs['log']): Promise<Worker> {
  cluster.setupPrimary({ args: ['start', '--worker', String(place)] })
  const worker = cluster.fork()
  const { promise, resolve, reject } = Promise.withResolvers<Worker>()
  const giveUp = () => {
    const within = `within ${timeout / SECOND} seconds`
    reject(new WorkerHung(`Worker ${place} was not ready ${within} and was killed.`))
    worker.process.kill('SIGKILL')
  }
  let bound = setTimeout(giveUp, timeout)
  worker.on('message', (message) => {
    if (message === READY) resolve(worker)
    // Large tables may take long to change, which nobody should cut off.
    if (message === MIGRATING || message === MIGRATED) clearTimeout(bound)
    if (message === MIGRATED) bound = setTimeout(giveUp, timeout)
  })
  worker.once('exit', (code, signal) =>
    reject(new WorkerFailed(`Worker ${place} ended before it was ready (${signal ?? code}).`)),
  )
  const late = setTimeout(
    () => log.error(`Worker ${place} is not ready after ${USUAL_START / SECOND} seconds; it is waited for`),
    USUAL_START,
  )
  return promise.finally(() => {
    clearTimeout(bound)
    clearTimeout(late)
  })
}

function retire(worker: Worker, patience: number, log: Needs['log']): void {
  if (worker.isConnected()) worker.send(RETIRE)
  killAfter(worker, patience, log)
}

async function endWorker(worker: Worker, patience: number, log: Needs['log']): Promise<void> {
  if (worker.isDead()) return
  const ended = once(worker, 'exit')
  worker.process.kill('SIGTERM')
  killAfter(worker, patience, log)
  await ended
}

/** Kills a worker that was told to end and has not done so in time: it answers nobody any more. */
function killAfter(worker: Worker, patience: number, log: Needs['log']): void {
  const kill = () => {
    log.error(`The process ${worker.process.pid} has not ended within ${patience / SECOND} seconds and is killed`)
    worker.process.kill('SIGKILL')
  }
  const timer = setTimeout(kill, patience).unref()
  worker.once('exit', () => clearTimeout(timer))
}
