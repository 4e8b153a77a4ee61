// What the console's list of accounts takes at 10,000 and at 1,000,000 accounts: `npm run bench:lists`; another number of
// accounts instead of the million: `npm run bench:lists -- 200000`.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RawBuilder, sql } from 'kysely'
import { listAccounts } from '../server/src/features/directory/account-list.ts'
import { systemClock } from '../server/src/lib/clock.ts'
import { loadConfig } from '../server/src/platform/config/config.ts'
import { createKeyRing } from '../server/src/platform/crypto/key-ring.ts'
import { openVault } from '../server/src/platform/crypto/vault.ts'
import { type Db, isPostgres } from '../server/src/platform/db/db.ts'
import { migrate } from '../server/src/platform/db/migrate.ts'
import { type DatabaseSettings, openDatabase } from '../server/src/platform/db/open.ts'
import { startPostgres } from '../server/test/support/postgres.ts'

const MANY = Number(process.argv[2] ?? 1_000_000)
const SIZES = [10_000, MANY] as const
const RUNS = 25
const PAGES = 1000

type Query = Parameters<typeof listAccounts>[2]

const searches: Readonly<Record<string, Query>> = {
  'first page': {},
  'e-mail begins so': { email: 'person77' },
  'e-mail begins as all do': { email: 'person' },
  uid: { uid: 'IDU0000005000' },
  'level 3 (a quarter)': { level: 3 },
  'state banned (1 %)': { state: 'banned' },
  'role compliance (ten)': { role: 'compliance' },
  'label document:verified (a quarter)': { label: 'document:verified' },
  'label document:pending (0.1 %)': { label: 'document:pending' },
  'label and level and state': { label: 'document:verified', level: 3, state: 'active' },
  'one day': { created_from: '2020-01-01', created_to: '2020-01-01' },
  'nobody: banned of level 2': { state: 'banned', level: 2 },
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'barong-bench-lists-'))
  await using postgres = await startPostgres()
  const lines: string[] = []
  const many = MANY.toLocaleString('en')
  try {
    for (const kind of ['sqlite', 'postgres'] as const) {
      const measured: Record<string, number>[] = []
      for (const size of SIZES) {
        const settings: DatabaseSettings =
          kind === 'sqlite'
            ? { kind, file: join(directory, `${size}.sqlite`) }
            : { kind, url: await postgres.createDatabase(), connections: 2 }
        measured.push(await measure(settings, size))
      }
      lines.push(...table(kind, many, measured))
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  const text = `# The list of accounts at 10,000 and at ${many}\n\nMilliseconds at the server, median of ${RUNS}; page ${PAGES.toLocaleString('en')} is reached by its cursor. The target: under 100 ms, and a ratio of 3 at most.\n\n${lines.join('\n')}\n`
  mkdirSync(join(import.meta.dirname, 'results'), { recursive: true })
  writeFileSync(join(import.meta.dirname, 'results/admin-lists.md'), text)
  console.log(text)
}

function table(kind: string, many: string, [small = {}, large = {}]: Record<string, number>[]): string[] {
  const rows = Object.keys(large).map((name) => {
    const [before, after] = [small[name] ?? 0, large[name] ?? 0]
    return `| ${name} | ${before.toFixed(1)} | ${after.toFixed(1)} | ${(after / before).toFixed(1)} |`
  })
  return [`## ${kind}`, '', `| list | 10,000 | ${many} | ratio |`, '|---|---|---|---|', ...rows, '']
}

async function measure(settings: DatabaseSettings, size: number): Promise<Record<string, number>> {
  const db = openDatabase(settings)
  try {
    await migrate(db, settings.kind)
    await seed(db, size)
    const config = loadConfig({ BARONG_DATA_DIR: tmpdir(), LOG_LEVEL: 'silent' })
    const ring = createKeyRing([randomBytes(32)])
    const vault = await openVault({ db, ring, clock: systemClock })
    const needs = { db, config, clock: systemClock, ring, vault }
    const list = (query: Query) => listAccounts(needs, 'admin', query)
    const results: Record<string, number> = {}
    for (const [name, query] of Object.entries(searches)) results[name] = await median(() => list(query))
    results[`page ${PAGES}`] = await median(await lastPage(list, size))
    console.error(settings.kind, size, results)
    return results
  } finally {
    await db.destroy()
  }
}

/** Goes there as people do, page by page; of ten thousand accounts there are not so many pages, then to the last one. */
async function lastPage(list: (query: Query) => ReturnType<typeof listAccounts>, size: number) {
  const pages = Math.min(PAGES, size / 25)
  let cursor: string | undefined
  for (let page = 1; page < pages; page += 1)
    cursor = (await list(cursor === undefined ? {} : { cursor })).next ?? cursor
  return () => list(cursor === undefined ? {} : { cursor })
}

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < RUNS; index += 1) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  return times.sort((one, other) => one - other)[Math.floor(RUNS / 2)] ?? 0
}

async function seed(db: Db, size: number): Promise<void> {
  const postgres = isPostgres(db)
  const numbers = postgres
    ? sql`(select generate_series(1, ${sql.lit(size)}) as n) as numbers`
    : sql`(with recursive count(n) as (select 1 union all select n + 1 from count where n < ${sql.lit(size)}) select n from count) as numbers`
  const time: RawBuilder<unknown> = postgres
    ? sql`timestamptz '2015-01-01' + n * interval '4 minutes'`
    : sql`strftime('%Y-%m-%dT%H:%M:%fZ', '2015-01-01', (n * 4) || ' minutes')`
  const padded = postgres ? sql`lpad(n::text, 10, '0')` : sql`printf('%010d', n)`
  await sql`
    insert into accounts (uid, email, password_digest, role, level, state, confirmed_at, created_at, updated_at)
    select 'IDU' || ${padded}, 'person' || n || '@example.com', 'x',
      case when n <= 10 then 'compliance' else 'member' end, n % 4, case when n % 100 = 0 then 'banned' else 'active' end,
      ${time}, ${time}, ${time} from ${numbers}`.execute(db)
  await sql`
    insert into labels (account_id, key, value, scope, created_at, updated_at)
    select id, 'document', case when level = 3 then 'verified' else 'pending' end, 'private', created_at, created_at
    from accounts where level = 3 or id % 1000 = 2`.execute(db)
  await sql`${sql.raw(postgres ? 'vacuum analyze' : 'analyze')}`.execute(db)
}

await main()
