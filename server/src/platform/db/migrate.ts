import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { type MigrationResultSet, Migrator } from 'kysely/migration'
import { SECOND } from '../../lib/clock.ts'
import { Unavailable } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import type { Db } from './db.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import { oauth } from './migrations/0002-oauth.ts'
import { events } from './migrations/0003-events.ts'
import { imports } from './migrations/0004-imports.ts'
import { audit } from './migrations/0005-audit.ts'
import { secondFactors } from './migrations/0006-second-factors.ts'
import { limits } from './migrations/0007-limits.ts'
import { browserSessions } from './migrations/0020-browser-sessions.ts'
import { console } from './migrations/0040-console.ts'
import { reviews } from './migrations/0041-reviews.ts'
import { dashboard } from './migrations/0042-dashboard.ts'
import { passkeys } from './migrations/0050-passkeys.ts'
import { holds } from './migrations/0051-holds.ts'
import { emailChanges } from './migrations/0052-email-changes.ts'
import { vault } from './migrations/0060-vault.ts'
import { growthIndexes } from './migrations/0070-growth-indexes.ts'
import { sessionFamilies } from './migrations/0080-session-families.ts'
import { auditAddress } from './migrations/0085-audit-address.ts'
import { revocations } from './migrations/0086-revocations.ts'
import { levelChanges } from './migrations/0090-level-changes.ts'
import { websites } from './migrations/0091-websites.ts'
import { listIndexes } from './migrations/0092-list-indexes.ts'
import { pictureFingerprints } from './migrations/0096-picture-fingerprints.ts'
import { consoleIndexes } from './migrations/0100-console-indexes.ts'
import { accountLanguage } from './migrations/0101-account-language.ts'
import { apiKeyRules } from './migrations/0105-api-key-rules.ts'
import { sharedLimits } from './migrations/0110-shared-limits.ts'
import { recoveryCodeSalts } from './migrations/0120-recovery-code-salts.ts'
import { applicationKeys } from './migrations/0130-application-keys.ts'
import { givenPasswords } from './migrations/0131-given-passwords.ts'
import { givenUpMessages } from './migrations/0140-given-up-messages.ts'
import { staffLocks } from './migrations/0151-staff-locks.ts'
import { applicationBounds } from './migrations/0160-application-bounds.ts'
import { seededApplications } from './migrations/0170-seeded-applications.ts'
import { boundSessions } from './migrations/0171-bound-sessions.ts'
import type { DatabaseSettings } from './open.ts'
import { appliedMigrations, type Migrations, refuseContracted, unknownOf } from './schema-state.ts'
import { reasonOf } from './unavailable.ts'

/** In the order they are applied; one that was released is never edited. Names say which contract: see `schema-state.ts`. */
export const migrations = (kind: DatabaseSettings['kind']): Migrations => ({
  '0001-first-tables': firstTables(kind),
  '0002-oauth': oauth(kind),
  '0003-events': events(kind),
  '0004-imports': imports(kind),
  '0005-audit': audit(kind),
  '0006-second-factors': secondFactors(kind),
  '0007-limits': limits(kind),
  '0020-browser-sessions': browserSessions,
  '0040-console': console(kind),
  '0041-reviews': reviews(kind),
  '0042-dashboard': dashboard(),
  '0050-passkeys': passkeys(kind),
  '0051-holds': holds(kind),
  '0052-email-changes': emailChanges(kind),
  '0060-vault': vault(kind),
  '0070-growth-indexes': growthIndexes,
  '0080-session-families': sessionFamilies,
  '0085-audit-address': auditAddress,
  '0086-revocations': revocations(kind),
  '0090-level-changes': levelChanges(kind),
  '0091-websites': websites(kind),
  '0092-list-indexes': listIndexes,
  '0096-picture-fingerprints': pictureFingerprints,
  '0100-console-indexes': consoleIndexes(kind),
  '0101-account-language': accountLanguage,
  '0105-api-key-rules': apiKeyRules(kind),
  '0110-shared-limits': sharedLimits,
  '0120-recovery-code-salts': recoveryCodeSalts,
  '0130-application-keys': applicationKeys,
  '0131-given-passwords': givenPasswords(kind),
  '0140-given-up-messages': givenUpMessages,
  '0151-staff-locks': staffLocks(kind),
  '0160-application-bounds': applicationBounds(kind),
  '0170-seeded-applications': seededApplications(kind),
  '0171-bound-sessions': boundSessions,
})

/**
 * Brings the schema up to date; several processes may call it at once. Returns the names of what was applied. `onRetry` is told
 * why it is tried again.
 */
export async function migrate(
  db: Db,
  kind: DatabaseSettings['kind'],
  list: Migrations = migrations(kind),
  onRetry: (reason: string) => void = () => {},
): Promise<string[]> {
  for (let tried = 1; ; tried += 1) {
    const newer = unknownOf(await appliedMigrations(db), list)
    refuseContracted(newer)
    const all = withNewer(list, newer)
    const { error, results } = await (kind === 'postgres' ? hastily(db, all) : migrateIn(db, all))
    if (!error) return (results ?? []).map((result) => result.migrationName)
    const hasGrown = async () => unknownOf(await appliedMigrations(db), list).length > newer.length
    if (tried === TRIES || !(isLocked(error) || (isCorrupted(error) && (await hasGrown())))) throw error
    onRetry(reasonOf(error))
    await sleep(PAUSE)
  }
}

const TRIES = 300
const PAUSE = SECOND

/**
 * Waits for a lock only so long: every request that needs the table waits behind it, and where each has what the other wants,
 * the migration gives way before PostgreSQL ends the request (`deadlock_timeout` is a second).
 */
const hastily = (db: Db, list: Migrations): Promise<MigrationResultSet> =>
  db.connection().execute(async (one) => {
    await sql`set lock_timeout = '400ms'`.execute(one)
    try {
      return await migrateIn(one, list)
    } finally {
      await sql`reset lock_timeout`.execute(one)
    }
  })

const migrateIn = (db: Db, list: Migrations): Promise<MigrationResultSet> =>
  new Migrator({ db, provider: { getMigrations: async () => ({ ...list }) } }).migrateToLatest()

/** Those of a newer release stand for themselves: they were applied, and are not looked at. */
const withNewer = (list: Migrations, newer: readonly string[]): Migrations => ({
  ...list,
  ...Object.fromEntries(newer.map((name) => [name, { up: async () => {} }])),
})

/** Whether a lock was not to be had in time. */
const isLocked = (error: unknown): boolean => {
  const reason = error instanceof Unavailable ? error.cause : error
  return isObject(reason) && reason['code'] === '55P03'
}

/** Whether what was applied does not fit to what is known: for good, unless a newer release migrates meanwhile. */
const isCorrupted = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('corrupted migrations')
