import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { applicationSecret, listApplications } from '../features/applications/applications.ts'
import { openSigningKey } from '../features/signing-keys/key-pairs.ts'
import { listSigningKeys } from '../features/signing-keys/store.ts'
import { given } from '../given.ts'
import { SECOND, systemClock } from '../lib/clock.ts'
import { openAntivirus } from '../platform/antivirus/open.ts'
import { openBlobs } from '../platform/blobs/open.ts'
import { keepsFiles } from '../platform/blobs/trial.ts'
import { type Config, ConfigError } from '../platform/config/config.ts'
import { masterKeys, withoutMasterKey } from '../platform/config/secrets.ts'
import { TOKENS_IN_ADDRESSES } from '../platform/config/unsafe.ts'
import { createKeyRing, type KeyRing } from '../platform/crypto/key-ring.ts'
import { neededMasterKey } from '../platform/crypto/vault.ts'
import type { Db } from '../platform/db/db.ts'
import { migrations } from '../platform/db/migrate.ts'
import { openDatabase } from '../platform/db/open.ts'
import { connectionLimit, databaseTime } from '../platform/db/postgres-limits.ts'
import type { Row } from '../platform/db/schema.ts'
import { appliedMigrations, schemaState } from '../platform/db/schema-state.ts'
import { reasonOf } from '../platform/db/unavailable.ts'
import { checkBroker, checkMail, checkSms, checkTraces } from './doctor-outside.ts'
import { type Finding, fine, problem } from './findings.ts'
import { readSeeds, tryOut } from './seeding.ts'

/** What the checks are told besides the configuration. */
interface Expected {
  /** How many nodes are to run on the database. */
  nodes: number
}

type Check = (config: Config, expected: Expected) => Promise<Finding> | Finding

const LATER = 'it is made at the first start'

/** The checks in the order in which a start would fail. Of what is handed in, none may be missing. */
export const checks: Readonly<Record<keyof typeof given, Check> & Record<string, Check>> = {
  'data directory': checkDataDirectory,
  database: checkDatabase,
  connections: checkConnections,
  clock: checkClock,
  'master key': checkMasterKey,
  'signing key': checkSigningKey,
  'event key': checkEventKey,
  'management API': checkManagementApi,
  tokens: ({ values }) => fine(values.ACCESS_TOKEN_IN_QUERY ? TOKENS_IN_ADDRESSES : 'taken from headers alone'),
  seeds: checkSeeds,
  documents: checkBlobs,
  antivirus: checkAntivirus,
  mail: checkMail,
  SMS: checkSms,
  events: checkBroker,
  traces: checkTraces,
}

function checkDataDirectory({ data_dir, database, values }: Config): Finding {
  if (!existsSync(data_dir)) return fine(`${data_dir} is not there yet; ${LATER}`)
  try {
    accessSync(data_dir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return problem(`${data_dir} cannot be written to by this user; give it to the user that starts Barong.`)
  }
  const open = [data_dir, join(data_dir, 'master.key')].filter((path) => existsSync(path) && isOpen(path))
  const [path] = open
  if (path !== undefined) return problem(`${path} can be read by other users; run \`chmod go= ${path}\`.`)
  const keeps = database.kind === 'sqlite' || values.STORAGE_PROVIDER === 'local'
  const room = roomFor(data_dir)
  if (!keeps || room >= LEAST_ROOM) return fine(data_dir)
  return problem(
    `${data_dir} has room for ${Math.floor(room / MEBIBYTE)} MiB more; without any, what is written gets 503.`,
  )
}

const MEBIBYTE = 1024 * 1024
/** A disk with less is as good as full. */
const LEAST_ROOM = 256 * MEBIBYTE

/** Bytes that this user may still write there. */
function roomFor(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

const isOpen = (path: string): boolean => (statSync(path).mode & 0o077) !== 0

async function checkDatabase(config: Config): Promise<Finding> {
  const { database } = config
  if (database.kind === 'sqlite' && !existsSync(database.file))
    return fine(`${database.file} is not there yet; ${LATER}`)
  const name = database.kind === 'sqlite' ? database.file : 'PostgreSQL'
  const { pending, contracted } = await withDatabase(config, (db) => schemaState(db, migrations(database.kind)))
  if (contracted.length > 0)
    return problem(
      `${name} was changed by a newer release (${contracted.join(', ')}); start that release or a later one.`,
    )
  if (pending.length === 0) return fine(`${name} is reachable and up to date`)
  return problem(`${name} lacks ${pending.join(', ')}; run \`barong migrate\`, or just start.`)
}

/** Each node has a pool of its own, and while nodes are replaced one by one there is one more. */
async function checkConnections(config: Config, { nodes }: Expected): Promise<Finding> {
  if (config.database.kind === 'sqlite') return fine('there is nothing to share out: the database is a file')
  const { DATABASE_POOL: pool } = config.values
  const most = await withDatabase(config, connectionLimit)
  const needed = (nodes + 1) * pool
  if (needed <= most) return fine(`PostgreSQL allows ${most}: room for ${Math.floor(most / pool)} nodes of ${pool}`)
  return problem(
    `PostgreSQL allows ${most}, but ${nodes} nodes of ${pool}, and one more while they are replaced, need ${needed}; lower DATABASE_POOL or raise max_connections.`,
  )
}

/** Milliseconds by which machines that share a database may differ: signed requests are good for 30 seconds, 5 of them ahead. */
const CLOCKS_AGREE = 2 * SECOND

/** What several machines judge by their clocks, they judge alike only where these agree. */
async function checkClock(config: Config): Promise<Finding> {
  if (config.database.kind === 'sqlite') return fine('there is no other: the database is a file')
  const asked = systemClock.now()
  const theirs = await withDatabase(config, databaseTime)
  const answered = systemClock.now()
  const off = Math.max(asked - theirs, theirs - answered)
  if (off <= CLOCKS_AGREE) return fine('this machine and PostgreSQL agree')
  return problem(
    `this machine is ${Math.round(off / SECOND)} seconds ${theirs < asked ? 'ahead of' : 'behind'} PostgreSQL; keep both in step (NTP).`,
  )
}

async function checkMasterKey(config: Config): Promise<Finding> {
  const keys = masterKeys(config)
  const inUse = await isInUse(config)
  if (!keys) {
    const needed = inUse ? await withDatabase(config, neededMasterKey) : undefined
    return needed === undefined ? fine(`there is none yet; ${LATER}`) : problem(withoutMasterKey(config, needed))
  }
  if (!inUse) return fine('it can be read')
  const ring = createKeyRing(keys)
  const sealed = await withDatabase(config, async (db) => (await unsealed(db, ring)).filter((opens) => !opens).length)
  if (sealed === 0) return fine('it opens what is sealed')
  return problem(
    `it does not open ${sealed} secrets in the database; put the key of that database in its place, or after it and a comma where both are needed.`,
  )
}

async function checkSigningKey(config: Config): Promise<Finding> {
  if (given['signing key'](config)) return fine('the configured one can sign')
  if (!(await isInUse(config))) return fine(`there is none yet; ${LATER}`)
  const keys = await withDatabase(config, listSigningKeys)
  const newest = keys.find(({ algorithm }) => algorithm === 'RS256')
  if (!newest) return fine(keys.length === 0 ? `there is none yet; ${LATER}` : `${keys.length} in the database`)
  const bits = bitsOf(config, newest)
  if (bits === undefined) return fine(`${keys.length} in the database`)
  const next = bits < config.values.JWT_KEY_BITS ? `; run \`barong key rotate\` for ${config.values.JWT_KEY_BITS}` : ''
  return fine(`${keys.length} in the database, the newest for RS256 of ${bits} bits${next}`)
}

function checkEventKey(config: Config): Finding {
  return fine(given['event key'](config) ? 'the configured one can sign' : 'events have none of their own')
}

function checkManagementApi(config: Config): Finding {
  const { keychain, scopes } = given['management API'](config)
  if (scopes.size === 0) return fine('closed: no scope is given to anybody')
  return fine(`${keychain.size} keys, and the scopes ${[...scopes.keys()].join(', ')}`)
}

/** They are planted where nobody sees it: what a start would stumble over is told as it would tell it, and all of it at once. */
async function checkSeeds(config: Config): Promise<Finding> {
  const seeds = readSeeds(config)
  const { mistakes, remarks } = (await isUpToDate(config))
    ? await withDatabase(config, (db) => tryOut(config, seeds, db))
    : await tryOut(config, seeds)
  const wrong = [...seeds.remarks, ...mistakes]
  if (wrong.length > 0) throw new ConfigError(wrong)
  const { levels, accounts, applications } = seeds
  const counts = `${levels.length} levels, ${accounts.length} accounts, ${applications.length} applications`
  return fine([counts, ...remarks].join('; '))
}

/** Whether the database is there, and as this release wants it. */
async function isUpToDate(config: Config): Promise<boolean> {
  if (!(await isInUse(config))) return false
  const known = migrations(config.database.kind)
  return (await withDatabase(config, (db) => schemaState(db, known))).pending.length === 0
}

/** Of an RSA key; undefined where the master key does not open it, which is told as such. */
function bitsOf(config: Config, row: Row<'signing_keys'>): number | undefined {
  try {
    const keys = masterKeys(config)
    if (!keys) return undefined
    const { public_key } = openSigningKey(createKeyRing(keys), row)
    return public_key.asymmetricKeyDetails?.modulusLength
  } catch {
    return undefined
  }
}

async function checkBlobs(config: Config): Promise<Finding> {
  const { STORAGE_PROVIDER, STORAGE_BUCKET_NAME } = config.values
  if (STORAGE_PROVIDER === 'local' && !existsSync(config.data_dir)) return fine(`kept in the data directory; ${LATER}`)
  await using blobs = await openBlobs(config)
  const kept = await keepsFiles(blobs, 'doctor')
  const place = STORAGE_PROVIDER === 'local' ? 'the data directory' : `the bucket ${STORAGE_BUCKET_NAME}`
  return kept ? fine(`${place} keeps files`) : problem(`${place} does not return what is written.`)
}

async function checkAntivirus(config: Config): Promise<Finding> {
  const antivirus = openAntivirus(config)
  if (!antivirus) return fine('none: uploaded files are not looked through (BARONG_ANTIVIRUS)')
  try {
    return fine(`${await antivirus.version()} answers`)
  } catch (error) {
    const reason = reasonOf(error instanceof Error ? error.cause : error)
    return problem(
      `${config.values.BARONG_ANTIVIRUS} does not answer (${reason}), and uploads would get 503; start clamd there, or check BARONG_ANTIVIRUS.`,
    )
  }
}

/** Whether there may be something in the database: it has tables. */
async function isInUse(config: Config): Promise<boolean> {
  const { database } = config
  if (database.kind === 'sqlite' && !existsSync(database.file)) return false
  return (await withDatabase(config, appliedMigrations)).length > 0
}

/** Tries every secret that opens the house. */
async function unsealed(db: Db, ring: KeyRing): Promise<boolean[]> {
  const keys = await listSigningKeys(db)
  const applications = await listApplications(db)
  return [
    ...keys.map(({ kid, private_sealed }) => opens(() => ring.open('signing-key', kid, private_sealed))),
    ...applications.map((application) => opens(() => applicationSecret({ ring }, application))),
  ]
}

function opens(open: () => unknown): boolean {
  try {
    open()
    return true
  } catch {
    return false
  }
}

async function withDatabase<T>({ database }: Config, use: (db: Db) => Promise<T>): Promise<T> {
  const db = openDatabase(database)
  try {
    return await use(db)
  } catch (error) {
    throw new Error(`the database does not answer (${reasonOf(error)}); check DATABASE_URL.`, { cause: error })
  } finally {
    await db.destroy()
  }
}
