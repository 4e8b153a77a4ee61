import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../src/platform/config/config.ts'
import { migrate, migrations } from '../../src/platform/db/migrate.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import { isContracting } from '../../src/platform/db/schema-state.ts'
import { contractionsIn } from '../support/contractions.ts'
import { onEachDatabase } from '../support/databases.ts'

/** Of the first release, before which there was nothing that could stumble. */
const FIRST: Readonly<Record<string, string>> = { '0020-browser-sessions': 'sessions_own_browser' }

onEachDatabase('The migrations', (newDatabase) => {
  test('only add, so that the release before goes on working, unless their name says that they contract', async () => {
    const statements = await statementsByMigration(await newDatabase('tables'))
    ok(statements.size > 20)
    for (const [name, ran] of statements) {
      const forgiven = FIRST[name] ?? 'nothing'
      const rest = ran.filter((statement) => !statement.includes(`"${forgiven}"`))
      if (!isContracting(name)) deepEqual(contractionsIn(rest), [], name)
    }
  })
})

test('whatever an older release could stumble over is seen', () => {
  const contracting = [
    'drop table "phones"',
    'alter table "phones" drop column "country"',
    'alter table "phones" rename column "number" to "msisdn"',
    'alter table "phones" rename to "numbers"',
    'alter table "phones" alter column "number" type integer',
    'alter table "phones" alter column "number" set not null',
    'alter table "phones" add column "country" text not null',
    'alter table "phones" add constraint "one_each" unique ("account_id")',
    'create unique index "one_each" on "phones" ("account_id")',
    'delete from "phones"',
  ]
  for (const statement of contracting) equal(contractionsIn([statement]).length, 1, statement)
  const expanding = [
    'create table "faxes" ("id" integer, "number" text not null)',
    'create unique index "faxes_number" on "faxes" ("number")',
    'alter table "phones" add column "fax" text',
    `alter table "phones" add column "kind" text default 'mobile' not null`,
    'create unique index "phones_fax" on "phones" ("fax")',
    'create index "phones_account" on "phones" ("account_id")',
    'alter table "phones" alter column "number" drop not null',
    'update "phones" set "fax" = "number"',
  ]
  deepEqual(contractionsIn(expanding), [])
})

/** What each migration has the database do. */
async function statementsByMigration(url: string): Promise<Map<string, string[]>> {
  const { database } = loadConfig({ DATABASE_URL: url })
  const byMigration = new Map<string, string[]>()
  let statements: string[] = []
  await using db = openDatabase(database, ({ query: { sql, parameters } }) => {
    if (!/^insert into "kysely_migration" /.test(sql)) {
      statements.push(sql)
      return
    }
    byMigration.set(String(parameters[0]), statements)
    statements = []
  })
  deepEqual(await migrate(db, database.kind), Object.keys(migrations(database.kind)))
  return byMigration
}
