import type { Migration } from 'kysely/migration'
import { Migrator } from 'kysely/migration'
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
import type { DatabaseSettings } from './open.ts'

/** In the order they are applied; one that was released is never edited. */
const migrations = (kind: DatabaseSettings['kind']): Record<string, Migration> => ({
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
})

/** Brings the schema up to date; several processes may call it at once. Returns the names of what was applied. */
export async function migrate(db: Db, kind: DatabaseSettings['kind']): Promise<string[]> {
  const { error, results } = await migratorOf(db, kind).migrateToLatest()
  if (error) throw error
  return (results ?? []).map((result) => result.migrationName)
}

/** The names of migrations that the database still lacks. */
export async function pendingMigrations(db: Db, kind: DatabaseSettings['kind']): Promise<string[]> {
  const all = await migratorOf(db, kind).getMigrations()
  return all.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name)
}

const migratorOf = (db: Db, kind: DatabaseSettings['kind']): Migrator =>
  new Migrator({ db, provider: { getMigrations: async () => migrations(kind) } })
