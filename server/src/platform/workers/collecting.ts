import type { Worker } from 'node:cluster'
import { type AllSnapshots, isOneSnapshot, type Snapshot, TAKE_SNAPSHOT, WANT_SNAPSHOTS } from './messages.ts'
import { addUp } from './snapshots.ts'

/** Milliseconds that a worker may take for its snapshot; of who takes longer, the one before is told. */
const PATIENCE = 1000

/** Gathers the metrics of all workers for whichever of them is asked. Returns what includes a worker until it ends. */
export function collectSnapshots(): (worker: Worker) => void {
  const workers = new Set<Worker>()
  const latest = new Map<Worker, Snapshot>()
  const askers = new Set<Worker>()
  const awaited = new Set<Worker>()
  let ended: Snapshot = []
  let timer: NodeJS.Timeout | undefined

  const answer = () => {
    clearTimeout(timer)
    awaited.clear()
    const message: AllSnapshots = { snapshots: [...latest.values(), ended] }
    for (const asker of askers) if (asker.isConnected()) asker.send(message)
    askers.clear()
  }
  const came = (worker: Worker) => {
    if (awaited.delete(worker) && awaited.size === 0) answer()
  }
  const collectFor = (asker: Worker) => {
    askers.add(asker)
    if (awaited.size > 0) return
    for (const worker of workers) {
      if (!worker.isConnected()) continue
      awaited.add(worker)
      worker.send(TAKE_SNAPSHOT)
    }
    timer = setTimeout(answer, PATIENCE)
  }
  return (worker) => {
    workers.add(worker)
    worker.on('message', (message) => {
      if (message === WANT_SNAPSHOTS) collectFor(worker)
      if (!isOneSnapshot(message)) return
      latest.set(worker, message.snapshot)
      came(worker)
    })
    worker.once('exit', () => {
      workers.delete(worker)
      ended = addUp(ended, latest.get(worker) ?? [])
      latest.delete(worker)
      askers.delete(worker)
      came(worker)
    })
  }
}
