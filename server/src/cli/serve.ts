import type { AddressInfo } from 'node:net'
import { buildApp, buildOperationApp } from '../app.ts'
import { startCleaning } from '../cleaning.ts'
import type { Deps } from '../deps.ts'
import { listApplications } from '../features/applications/applications.ts'
import { startChaining } from '../features/audit/audit.ts'
import type { Planted } from '../features/seeds/seeds.ts'
import type { Config } from '../platform/config/config.ts'
import { TOKENS_IN_ADDRESSES } from '../platform/config/unsafe.ts'
import { forRequests } from '../platform/db/open.ts'
import { drain } from '../platform/http/draining.ts'
import { startExchanging } from '../platform/limits/exchange.ts'
import { startWritingUses } from '../platform/uses/last-uses.ts'
import { isWorker, leave, retirement, tellReady } from '../platform/workers/worker.ts'
import { letPoolYield } from '../platform/workers/yielding.ts'
import { type Outside, theWorld, wire } from '../wire.ts'
import { complain, say, sayFacts } from './output.ts'
import { plantFromFile } from './seeding.ts'
import { heedSignals, type Signals } from './signals.ts'

/** Migrates, seeds and serves in this process until it is told to stop; `place` is its number among workers, from 1 on. */
export async function serve(config: Config, place = 1, outside = theWorld, signals = heedSignals()): Promise<void> {
  signals.onHangUp(stayOnHangUp)
  try {
    await serveUntilStopped(config, place, outside, signals)
  } finally {
    // Also where it could not start: its supervisor waits for its end.
    leave()
  }
}

/** A single process has no other one that could take over; of workers, the supervisor sees to it. */
function stayOnHangUp(): void {
  if (isWorker()) return
  // The terminal was closed: whoever started it there wants it to end, as programs do.
  if (process.stdin.isTTY) process.kill(process.pid, 'SIGTERM')
  else complain('SIGHUP reloads nothing without BARONG_WORKERS: restart to take up what changed. This process goes on.')
}

async function serveUntilStopped(
  config: Config,
  place: number,
  outside: Outside,
  { told: stopped, isTold, inPeace }: Signals,
): Promise<void> {
  const retired = isWorker() ? [retirement().then(() => 'retired' as const)] : []
  await using deps = await wire({ ...config, database: forRequests(config.database) }, outside)
  // Until here a signal ends the process at once: there is no request yet, and what is half-done in the database is undone.
  inPeace()
  // Before anything else can go wrong: the passwords stand nowhere else, and the next start makes none.
  tellAccounts(await plantFromFile(deps))
  if (isTold()) return
  const app = await buildApp(deps)
  await app.listen({ host: config.host, port: config.port })
  await using metrics = await buildOperationApp(deps)
  if (config.values.METRICS_PORT !== 0) await metrics.listen({ host: config.host, port: config.values.METRICS_PORT })
  deps.relay.start()
  await using _cleaning = startCleaning(deps)
  await using _chaining = startChaining(deps)
  await using _uses = startWritingUses(deps)
  await using _exchange = startExchanging(deps)
  // A database that went away in the meantime does not keep the program from being stopped.
  if (place === 1) await Promise.race([announce(deps, app.server.address()), stopped])
  letPoolYield()
  tellReady()
  const reason = await Promise.race([stopped, ...retired])
  if (reason === 'retired') await Promise.race([drain(app.server), stopped])
  else if (!isWorker()) say('Stopping: requests under way are answered first.')
  await app.close()
  await deps.metrics.part()
}

function tellAccounts({ accounts }: Planted): void {
  for (const { email, password } of accounts) {
    say('This account was made. Its password is shown only now:\n')
    sayFacts({ 'E-mail': email, Password: password })
    say('')
  }
}

/** Tells where it is and how to get in. */
async function announce({ db, config, log }: Deps, address: AddressInfo | string | null): Promise<void> {
  const isFreePort = config.port === 0 && config.values.BARONG_URL === undefined
  const url = isFreePort && typeof address === 'object' ? `http://localhost:${address?.port}` : config.url
  const [application] = await listApplications(db)
  if (config.production && config.values.ACCESS_TOKEN_IN_QUERY) log.warn(TOKENS_IN_ADDRESSES)
  say(`Barong is ready at ${url}\n`)
  sayFacts({
    'API reference': `${url}/docs`,
    'Account pages': `${url}/account`,
    Console: `${url}/admin`,
    Mailbox: config.production ? undefined : `${url}/mailbox`,
    Application: application && `${application.uid} (${application.name})`,
  })
  say('')
}
