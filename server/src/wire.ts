import pino from 'pino'
import { openBrokers } from './brokers.ts'
import { openChannels } from './channels.ts'
import type { Deps } from './deps.ts'
import { loadSigningKeys } from './features/signing-keys/signing-keys.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { openBlobs } from './platform/blobs/open.ts'
import type { Config } from './platform/config/config.ts'
import { loadManagementPolicy } from './platform/config/management-api/load.ts'
import { masterKeys, ownSigningKey } from './platform/config/secrets.ts'
import { createKeyRing } from './platform/crypto/key-ring.ts'
import { createPasswords } from './platform/crypto/passwords.ts'
import type { Db } from './platform/db/db.ts'
import { migrate } from './platform/db/migrate.ts'
import { openDatabase } from './platform/db/open.ts'
import { createOutbox } from './platform/events/outbox.ts'
import { createRelay } from './platform/events/relay.ts'
import { webhookSettings } from './platform/events/webhooks.ts'
import { createLimits } from './platform/limits/limits.ts'
import { createMetrics } from './platform/metrics/metrics.ts'

/** The world outside: the time, and where messages go. Tests hand in their own. */
export interface Outside {
  clock: Clock
  openDatabase: (settings: Config['database']) => Db
  openChannels: typeof openChannels
  openBrokers: typeof openBrokers
}

const theWorld: Outside = { clock: systemClock, openDatabase, openChannels, openBrokers }

/** Builds everything from the configuration; disposing of it closes everything in reverse. */
export async function wire(
  config: Config,
  { clock, openDatabase, openChannels, openBrokers }: Outside = theWorld,
): Promise<Deps & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  // Standard output is for what commands answer.
  const log = pino(
    { level: config.values.LOG_LEVEL, base: null, redact: ['req.headers.authorization'] },
    pino.destination(2),
  )
  const management = loadManagementPolicy(config)
  const ring = createKeyRing(masterKeys(config))
  const db = openDatabase(config.database)
  stack.defer(() => db.destroy())
  await migrate(db, config.database.kind)
  const keys = await loadSigningKeys({ db, clock, ring, config, log }, ownSigningKey(config))
  const blobs = stack.use(await openBlobs(config))
  const outbox = createOutbox({ clock, ring, tokens: config.values.EVENT_API_INCLUDE_TOKENS })
  const channels = stack.use(await openChannels({ config, db, clock }))
  const brokers = openBrokers({ config, clock, log, keys })
  for (const broker of brokers) stack.use(broker)
  const metrics = createMetrics({ db, clock })
  const limits = createLimits({ db, clock, ring, config, metrics })
  const relay = stack.use(
    createRelay({
      db,
      clock,
      ring,
      log,
      outbox,
      channels,
      brokers,
      webhooks: webhookSettings(config),
      observe: metrics.delivery,
    }),
  )
  const passwords = createPasswords({ patience: config.values.PASSWORD_QUEUE_TIMEOUT })
  const close = stack.move()
  return {
    config,
    clock,
    log,
    db,
    ring,
    passwords,
    keys,
    outbox,
    relay,
    metrics,
    limits,
    blobs,
    management,
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}
