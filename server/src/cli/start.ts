import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buildApp, buildOperationApp } from '../app.ts'
import { startCleaning } from '../cleaning.ts'
import type { Deps } from '../deps.ts'
import { listApplications } from '../features/applications/applications.ts'
import { startChaining } from '../features/audit/audit.ts'
import type { Planted } from '../features/seeds/seeds.ts'
import { loadConfig, processEnvironment } from '../platform/config/config.ts'
import { wire } from '../wire.ts'
import { type Command, readArguments } from './command.ts'
import { say, sayFacts } from './output.ts'
import { plantFromFile } from './seeding.ts'

/** `barong start`: migrates, seeds, serves until it is told to stop. */
export const start: Command = {
  summary: 'Migrate, seed and serve',
  usage: ['start'],
  run: async (args) => {
    readArguments(args, {})
    const config = loadConfig(processEnvironment())
    const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
    await using deps = await wire(config)
    const planted = await plantFromFile(deps)
    const app = await buildApp(deps)
    await app.listen({ host: config.host, port: config.port })
    await using metrics = await buildOperationApp(deps)
    const { METRICS_PORT } = config.values
    if (METRICS_PORT !== 0) await metrics.listen({ host: config.host, port: METRICS_PORT })
    deps.relay.start()
    await using _cleaning = startCleaning(deps)
    await using _chaining = startChaining(deps)
    await announce(deps, planted, app.server.address())
    await stopped
    say('Stopping: requests under way are answered first.')
    await app.close()
  },
}

/** Tells where it is and how to get in; a new account's password stands nowhere else. */
async function announce({ db, config }: Deps, planted: Planted, address: AddressInfo | string | null): Promise<void> {
  const isFreePort = config.port === 0 && config.values.BARONG_URL === undefined
  const url = isFreePort && typeof address === 'object' ? `http://localhost:${address?.port}` : config.url
  const [application] = await listApplications(db)
  say(`Barong is ready at ${url}\n`)
  sayFacts({
    'API reference': `${url}/docs`,
    Mailbox: config.production ? undefined : `${url}/mailbox`,
    Application: application && `${application.uid} (${application.name})`,
  })
  for (const { email, password } of planted.accounts) {
    say('\nThis account was made. Its password is shown only now:\n')
    sayFacts({ 'E-mail': email, Password: password })
  }
  say('')
}
