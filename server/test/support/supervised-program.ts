// A server whose workers serve nothing: they are ready at once, or never while the file HANG is there.
import { existsSync } from 'node:fs'
import { superviseWorkers } from '../../src/platform/workers/supervisor.ts'
import { isWorker, retirement, tellReady } from '../../src/platform/workers/worker.ts'

const hang = process.env['HANG'] ?? ''
const log = (words: string) => {
  process.stdout.write(`${words}\n`)
}

async function work(): Promise<void> {
  if (existsSync(hang)) {
    setInterval(() => {}, 1000)
    return
  }
  log(`ready ${process.pid}`)
  tellReady()
  await retirement()
  log(`retired ${process.pid}`)
  process.exit()
}

async function supervise(): Promise<void> {
  const supervisor = superviseWorkers({
    count: 1,
    patience: 1000,
    startTimeout: Number(process.env['START_TIMEOUT']),
    log: { info: log, error: log },
  })
  process.on('SIGHUP', supervisor.reload)
  process.on('SIGTERM', () => void supervisor.stop())
  await supervisor.started.catch((error: Error) => log(error.message))
}

await (isWorker() ? work() : supervise())
