import pino, { type Logger } from 'pino'
import { openBrokers } from './brokers.ts'
import { openChannels } from './channels.ts'
import type { Deps } from './deps.ts'
import { inspectionQueue } from './features/documents/contents.ts'
import { generateSigningKey } from './features/signing-keys/key-pairs.ts'
import { loadSigningKeys } from './features/signing-keys/signing-keys.ts'
import { given } from './given.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { openAntivirus } from './platform/antivirus/open.ts'
import { openBlobs } from './platform/blobs/open.ts'
import type { Config } from './platform/config/config.ts'
import { makeMasterKeys, masterKeys } from './platform/config/secrets.ts'
import { processesOf } from './platform/config/shape.ts'
import { createKeyRing } from './platform/crypto/key-ring.ts'
import { createPasswords, hashingWidth } from './platform/crypto/passwords.ts'
import { neededMasterKey, openVault } from './platform/crypto/vault.ts'
import { migrate, migrations } from './platform/db/migrate.ts'
import { openDatabase, withoutLimits } from './platform/db/open.ts'
import { createPoolWatch } from './platform/db/pool-watch.ts'
import { type Migrations, schemaState } from './platform/db/schema-state.ts'
import { createScrubbing } from './platform/db/scrubbing.ts'
import { traceQueries } from './platform/db/traced-queries.ts'
import { createOutbox } from './platform/events/outbox.ts'
import { createRelay } from './platform/events/relay.ts'
import { webhookSettings } from './platform/events/webhooks.ts'
import { createLimits } from './platform/limits/limits.ts'
import { createMetrics } from './platform/metrics/metrics.ts'
import type { Tracing } from './platform/tracing/tracing.ts'
import { createLastUses } from './platform/uses/last-uses.ts'
import { siblings, tellMigrating } from './platform/workers/worker.ts'

/** The world outside: the time, where messages go, and where keys come from. Tests hand in their own. */
export interface Outside {
  clock: Clock
  openDatabase: typeof openDatabase
  /** All that this release knows. */
  migrations: typeof migrations
  openChannels: typeof openChannels
  openBrokers: typeof openBrokers
  generateKey: Deps['generateKey']
}

/** The world as it is. */
export const theWorld: Outside = {
  clock: systemClock,
  openDatabase,
  migrations,
  openChannels,
  openBrokers,
  generateKey: generateSigningKey,
}

/** Builds everything from the configuration; disposing of it closes everything in reverse. */
export async function wire(
  config: Config,
  { clock, openDatabase, migrations, openChannels, openBrokers, generateKey }: Outside = theWorld,
): Promise<Deps & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const tracing = await openTracingFor(config, clock)
  if (tracing) stack.use(tracing)
  const log = openLog(config, tracing)
  const management = given['management API'](config)
  const ownKey = given['signing key'](config)
  const masters = masterKeys(config)
  const pool = createPoolWatch()
  const known = migrations(config.database.kind)
  await bringUpToDate(config.database, known, { openDatabase, log })
  const db = openDatabase(config.database, tracing ? traceQueries(tracing, config.database) : [], pool)
  stack.defer(() => db.destroy())
  const ring = createKeyRing(masters ?? makeMasterKeys(config, await neededMasterKey(db)))
  const scrubbing = stack.use(createScrubbing({ db, settings: config.database, openDatabase }))
  const vault = await openVault({ db, clock, ring })
  const keys = await loadSigningKeys({ db, clock, ring, config, log, generateKey }, ownKey)
  const blobs = stack.use(await openBlobs(config))
  const outbox = createOutbox({ clock, ring, tokens: config.values.EVENT_API_INCLUDE_TOKENS })
  const channels = stack.use(await openChannels({ config, db, clock }))
  const brokers = openBrokers({ config, clock, log, keys })
  for (const broker of brokers) stack.use(broker)
  const passwords = createPasswords({
    patience: config.values.PASSWORD_QUEUE_TIMEOUT,
    width: hashingWidth(processesOf(config.values), config.values.UV_THREADPOOL_SIZE),
  })
  const metrics = createMetrics({ db, clock, passwords, pool, siblings: siblings() })
  const limits = createLimits({ db, clock, ring, config, metrics })
  const uses = stack.use(createLastUses({ db, clock, log }))
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
      observe: (kind, result, ms) => {
        metrics.delivery(kind, result, ms)
        tracing?.note(`deliver ${kind}`, ms, { 'barong.result': result })
      },
    }),
  )
  const close = stack.move()
  return {
    config,
    clock,
    log,
    db,
    schema: () => schemaState(db, known),
    ring,
    vault,
    passwords,
    keys,
    generateKey,
    outbox,
    relay,
    brokers: brokers.map(({ name }) => name),
    metrics,
    tracing,
    limits,
    uses,
    blobs,
    antivirus: openAntivirus(config),
    scrubbing,
    inspection: inspectionQueue(),
    management,
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

/** Over a connection of its own, as what changes a big table takes its time. */
async function bringUpToDate(
  database: Config['database'],
  known: Migrations,
  { openDatabase, log }: Pick<Outside, 'openDatabase'> & Pick<Deps, 'log'>,
): Promise<void> {
  await using db = openDatabase(withoutLimits(database))
  using _told = tellMigrating()
  await migrate(db, database.kind, known, (reason) => log.warn({ reason }, 'The migrations are tried again'))
}

/** Lines of JSON on standard error: standard output is for what commands answer. */
function openLog({ values }: Config, tracing: Tracing | undefined): Logger {
  const mixin = tracing ? () => ({ trace_id: tracing.traceId() }) : () => ({})
  return pino(
    { level: values.LOG_LEVEL, base: null, redact: ['req.headers.authorization'], mixin },
    pino.destination(2),
  )
}

async function openTracingFor({ values }: Config, clock: Clock): Promise<Tracing | undefined> {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === undefined) return undefined
  const pairs = values.OTEL_EXPORTER_OTLP_HEADERS.map((pair) => [pair.split('=', 1)[0], pair.replace(/^[^=]*=/, '')])
  const headers: Record<string, string> = Object.fromEntries(pairs)
  const { openTracing } = await import('./platform/tracing/tracing.ts')
  return openTracing(clock, {
    endpoint,
    headers,
    service: values.OTEL_SERVICE_NAME,
    ratio: values.OTEL_TRACES_SAMPLER_ARG,
  })
}
