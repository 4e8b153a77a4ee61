import { sql } from 'kysely'
import { createApplication, findApplication } from '../../server/src/features/applications/applications.ts'
import { iso } from '../../server/src/lib/clock.ts'
import { type Db, isPostgres, type Tx } from '../../server/src/platform/db/db.ts'
import type { wire } from '../../server/src/wire.ts'

type Server = Awaited<ReturnType<typeof wire>>

/** Of each account. */
export const SESSIONS = 10
export const PASSWORD = 'a quiet river at dawn 7Q'
const APPLICATION = 'crowd'
/** Accounts that one transaction writes, with all that belongs to them. */
const BATCH = 20_000
const DAY = 86_400_000

/** The `jti` of a session of the crowd; `id` is its account's, `index` from 0 on. */
export const jtiOf = (id: number, index: number): string =>
  (id * 16 + index).toString(16).toUpperCase().padStart(24, '0')

/**
 * Fills a database up to so many accounts, each with ten sessions, two labels and a document, and every tenth with an API key.
 * What is there already stays, so that it goes on where it was interrupted.
 */
export async function fill(server: Server, size: number, say: (text: string) => void): Promise<void> {
  const { db } = server
  const application_id = await anApplication(server)
  const password_digest = await server.passwords.hash(PASSWORD)
  const now = server.clock.now()
  const row = { application_id, password_digest, now: iso(now), end: iso(now + 30 * DAY) }
  const started = performance.now()
  const first = await lastId(db)
  for (let from = first; from < size; from += BATCH) {
    const to = Math.min(size, from + BATCH)
    await db.transaction().execute((tx) => write(tx, { ...row, from: from + 1, to }))
    say(`${to} of ${size} accounts, ${Math.round((performance.now() - started) / 1000)} s`)
  }
  if (first < size) await sql`${sql.raw(isPostgres(db) ? 'vacuum analyze' : 'analyze')}`.execute(db)
}

async function lastId(db: Db): Promise<number> {
  const { last } = await db
    .selectFrom('accounts')
    .select(({ fn }) => fn.max('id').as('last'))
    .where('uid', 'like', 'IDG%')
    .executeTakeFirstOrThrow()
  return Number(last ?? 0)
}

async function anApplication(server: Server): Promise<number> {
  const known = await findApplication(server.db, APPLICATION)
  if (known) return known.id
  const terms = { uid: APPLICATION, name: 'Crowd', redirect_uri: 'https://app.example/callback', skipauth: true }
  const { application } = await createApplication(server, terms)
  return application.id
}

interface Rows {
  from: number
  to: number
  application_id: number
  password_digest: string
  now: string
  end: string
}

async function write(tx: Tx, { from, to, application_id, password_digest, now, end }: Rows): Promise<void> {
  const postgres = isPostgres(tx)
  const numbers = (first: number, last: number, name: string) =>
    postgres
      ? sql`generate_series(${sql.lit(first)}, ${sql.lit(last)}) as ${sql.raw(name)}`
      : sql`(with recursive numbers(n) as (select ${sql.lit(first)} union all select n + 1 from numbers where n < ${sql.lit(last)}) select n as ${sql.raw(name)} from numbers)`
  const people = numbers(from, to, 'n')
  const padded = postgres ? sql`lpad(n::text, 9, '0')` : sql`printf('%09d', n)`
  const at = postgres ? sql`${now}::timestamptz` : sql`${now}`
  const until = postgres ? sql`${end}::timestamptz` : sql`${end}`
  const jti = postgres ? sql`lpad(upper(to_hex(n::bigint * 16 + k)), 24, '0')` : sql`printf('%024X', n * 16 + k)`
  // Who owns them was written a statement before.
  if (postgres) await sql`set local session_replication_role = replica`.execute(tx)
  await sql`
    insert into accounts (id, uid, email, password_digest, role, level, state, confirmed_at, created_at, updated_at)
    ${postgres ? sql`overriding system value` : sql``}
    select n, 'IDG' || ${padded}, 'crowd' || n || '@example.com', ${password_digest}, 'member', 1, 'active', ${at}, ${at}, ${at}
    from ${people}`.execute(tx)
  await sql`
    insert into sessions (jti, account_id, application_id, authenticated_at, created_at, expires_at)
    select ${jti}, n, ${sql.lit(application_id)}, ${at}, ${at}, ${until}
    from ${people}, ${numbers(0, SESSIONS - 1, 'k')}`.execute(tx)
  for (const key of ['email', 'phone'])
    await sql`
      insert into labels (account_id, key, value, scope, created_at, updated_at)
      select n, ${sql.lit(key)}, 'verified', 'private', ${at}, ${at} from ${people}`.execute(tx)
  await sql`
    insert into documents (account_id, doc_type, doc_number_sealed, doc_number_index, doc_expire, blob_key, key_sealed,
      content_type, size, created_at, updated_at)
    select n, 'Passport', 'x', 'G' || ${padded}, '2040-01-01', 'G' || ${padded}, 'x', 'image/png', 100000, ${at}, ${at}
    from ${people}`.execute(tx)
  await sql`
    insert into api_keys (uid, account_id, public_key, scopes, expires_in, state, created_at, updated_at)
    select 'G' || ${padded}, n, 'x', 'trade', 3600, 'active', ${at}, ${at} from ${people} where n % 10 = 0`.execute(tx)
  if (postgres) await sql`select setval(pg_get_serial_sequence('accounts', 'id'), ${sql.lit(to)})`.execute(tx)
}
