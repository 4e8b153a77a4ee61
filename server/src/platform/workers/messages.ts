/** What a worker tells its supervisor when it serves. */
export const READY = 'barong:ready'
/** What a worker tells its supervisor before it changes the database. */
export const MIGRATING = 'barong:migrating'
/** What a worker tells its supervisor once the database is up to date. */
export const MIGRATED = 'barong:migrated'
/** What a worker is told when another one has taken its place. */
export const RETIRE = 'barong:retire'
/** What a worker is told that shall send a {@link Snapshot} of its metrics. */
export const TAKE_SNAPSHOT = 'barong:take-snapshot'
/** What a worker tells its supervisor that wants the snapshots of all. */
export const WANT_SNAPSHOTS = 'barong:want-snapshots'

/** The metrics of one worker at one moment, as prom-client writes them in JSON. */
export type Snapshot = readonly object[]
/** From a worker to its supervisor. */
export interface OneSnapshot {
  snapshot: Snapshot
}
/** From the supervisor to a worker. */
export interface AllSnapshots {
  snapshots: readonly Snapshot[]
}

const isObjectWith = <K extends string>(message: unknown, key: K): message is Record<K, unknown> =>
  typeof message === 'object' && message !== null && key in message

/** Whether the message is of that kind; workers and supervisor are one release or two, and trust each other. */
export const isOneSnapshot = (message: unknown): message is OneSnapshot =>
  isObjectWith(message, 'snapshot') && Array.isArray(message.snapshot)
/** Whether the message is of that kind. */
export const isAllSnapshots = (message: unknown): message is AllSnapshots =>
  isObjectWith(message, 'snapshots') && Array.isArray(message.snapshots)
