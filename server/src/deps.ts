import type { Logger } from 'pino'
import type { Clock } from './lib/clock.ts'
import type { Queue } from './lib/queue.ts'
import type { Antivirus } from './platform/antivirus/antivirus.ts'
import type { Blobs } from './platform/blobs/blobs.ts'
import type { Config } from './platform/config/config.ts'
import type { ManagementPolicy } from './platform/config/management-api/policy.ts'
import type { Algorithm, SigningKey } from './platform/crypto/jws.ts'
import type { KeyRing } from './platform/crypto/key-ring.ts'
import type { Passwords } from './platform/crypto/passwords.ts'
import type { SigningKeys } from './platform/crypto/signing-keys.ts'
import type { Vault } from './platform/crypto/vault.ts'
import type { Db } from './platform/db/db.ts'
import type { SchemaState } from './platform/db/schema-state.ts'
import type { Scrubbing } from './platform/db/scrubbing.ts'
import type { Outbox } from './platform/events/outbox.ts'
import type { Relay } from './platform/events/relay.ts'
import type { Limits } from './platform/limits/limits.ts'
import type { Metrics } from './platform/metrics/metrics.ts'
import type { Tracing } from './platform/tracing/tracing.ts'
import type { LastUses } from './platform/uses/last-uses.ts'

/** What a feature may ask for. A function names the part it needs: `Pick<Deps, 'db' | 'clock'>`. */
export interface Deps {
  config: Config
  clock: Clock
  log: Logger
  db: Db
  /** What the tables are like, against what this release needs. */
  schema: () => Promise<SchemaState>
  ring: KeyRing
  vault: Vault
  passwords: Passwords
  keys: SigningKeys
  /** Makes a fresh key to sign with; `bits` are those of an RSA key. */
  generateKey(algorithm: Algorithm, bits: number): SigningKey
  outbox: Outbox
  relay: Relay
  /** The names of the destinations that get every event. */
  brokers: readonly string[]
  metrics: Metrics
  /** Undefined where nothing is traced. */
  tracing: Tracing | undefined
  limits: Limits
  uses: LastUses
  blobs: Blobs
  /** Undefined where uploaded files are not looked through. */
  antivirus: Antivirus | undefined
  scrubbing: Scrubbing
  /** Where uploaded files are looked at in turn. */
  inspection: Queue
  management: ManagementPolicy
}
