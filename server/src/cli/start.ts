import { once } from 'node:events'
import { buildApp } from '../app.ts'
import { startCleaning } from '../cleaning.ts'
import { type Config, loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import type { Command } from './command.ts'
import { say } from './output.ts'

/** `barong start`: migrates, seeds, serves until it is told to stop. */
export const start: Command = {
  summary: 'Migrate, seed and serve',
  usage: 'start',
  run: async () => {
    const config = loadConfig(processEnvironment())
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    await using deps = await wire(config)
    const app = await buildApp(deps)
    deps.relay.start()
    await using _cleaning = startCleaning(deps)
    await app.listen({ host: config.host, port: config.port })
    announce(config)
    await stopped
    say('Stopping: requests under way are answered first.')
    await app.close()
  },
}

function announce(config: Config): void {
  say(`Barong is ready at ${config.url}`)
}
