import { SECOND } from '../lib/clock.ts'
import { type Config, loadConfig, processEnvironment } from '../platform/config/config.ts'
import { type Command, readArguments } from './command.ts'
import { heedSignals, type Signals } from './signals.ts'

/** `barong start`: migrates, seeds, serves until it is told to stop; with BARONG_WORKERS, by as many processes. */
export const start: Command = {
  summary: 'Migrate, seed and serve',
  usage: ['start'],
  run: async (args, signals = heedSignals()) => {
    const { values } = readArguments(args, { worker: { type: 'string' } })
    const config = loadConfig(processEnvironment())
    // The supervisor serves nothing itself, and loads nothing of it.
    if (values.worker === undefined && config.values.BARONG_WORKERS > 0) await supervise(config, signals)
    else await (await import('./serve.ts')).serve(config, Number(values.worker ?? 1), undefined, signals)
  },
}

async function supervise({ values }: Config, { told, inPeace, onHangUp }: Signals): Promise<void> {
  const [{ superviseWorkers, WorkerFailed, WorkerHung }, { complain, say }] = await Promise.all([
    import('../platform/workers/supervisor.ts'),
    import('./output.ts'),
  ])
  inPeace()
  const supervisor = superviseWorkers({
    count: values.BARONG_WORKERS,
    patience: values.BARONG_STOP_TIMEOUT * SECOND,
    startTimeout: values.BARONG_START_TIMEOUT * SECOND,
    log: { info: say, error: complain },
  })
  onHangUp(supervisor.reload)
  try {
    await Promise.race([supervisor.started, told])
    await told
    say('Stopping: requests under way are answered first.')
  } catch (error) {
    if (!(error instanceof WorkerFailed)) throw error
    if (error instanceof WorkerHung) complain(error.message)
    process.exitCode = 1
  }
  await supervisor.stop()
}
