import { type RawBuilder, sql } from 'kysely'
import type { Deps } from '../../server/src/deps.ts'
import { iso } from '../../server/src/lib/clock.ts'
import type { Vault } from '../../server/src/platform/crypto/vault.ts'
import { type Db, isPostgres } from '../../server/src/platform/db/db.ts'
import { PHONE, RARE_NAME, USUAL_NAME } from './lists.ts'

/** Writes as many people as asked for, the last of them now, with all that the lists look at; a statement or two a table. */
export async function seed({ db, vault, clock }: Pick<Deps, 'db' | 'vault' | 'clock'>, size: number): Promise<void> {
  const now = iso(clock.now())
  await accounts(db, size, now)
  await profiles(db, vault)
  await phones(db, vault)
  await reviews(db)
  await audit(db)
  await db.insertInto('audit_checkpoints').values({ jws: 'x', created_at: now }).execute()
  await sql`${sql.raw(isPostgres(db) ? 'vacuum analyze' : 'analyze')}`.execute(db)
}

/** A time for each number up to the last, which is now; they are four minutes apart. */
const timeOf = (db: Db, size: number, now: string): RawBuilder<unknown> =>
  isPostgres(db)
    ? sql`cast(${now} as timestamptz) - (${sql.lit(size)} - n) * interval '4 minutes'`
    : sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${now}, ((n - ${sql.lit(size)}) * 4) || ' minutes')`

/** A text of its own for each id, as long as a blind index. */
const textOf = (db: Db): RawBuilder<unknown> =>
  isPostgres(db) ? sql`encode(sha256(id::text::bytea), 'base64')` : sql`hex(randomblob(21))`

async function accounts(db: Db, size: number, now: string): Promise<void> {
  const numbers = isPostgres(db)
    ? sql`(select generate_series(1, ${sql.lit(size)}) as n) as numbers`
    : sql`(with recursive count(n) as (select 1 union all select n + 1 from count where n < ${sql.lit(size)}) select n from count) as numbers`
  const padded = isPostgres(db) ? sql`lpad(n::text, 10, '0')` : sql`printf('%010d', n)`
  const time = timeOf(db, size, now)
  await sql`
    insert into accounts (uid, email, password_digest, role, level, state, confirmed_at, created_at, updated_at)
    select 'IDU' || ${padded}, 'person' || n || '@example.com', 'x',
      case when n <= 10 then 'compliance' else 'member' end, n % 4, case when n % 100 = 0 then 'banned' else 'active' end,
      ${time}, ${time}, ${time} from ${numbers}`.execute(db)
  await sql`
    insert into labels (account_id, key, value, scope, created_at, updated_at)
    select id, 'document', case when level = 3 then 'verified' else 'pending' end, 'private', created_at, created_at
    from accounts where level = 3 or id % 1000 = 2`.execute(db)
}

/** Half of the people have one; a tenth of a percent of them live in Liechtenstein, one in a hundred has the usual name. */
async function profiles(db: Db, vault: Vault): Promise<void> {
  await sql`
    insert into profiles (account_id, first_name_sealed, last_name_sealed, dob_sealed, address_sealed, postcode_sealed,
      city_sealed, country, created_at, updated_at)
    select id, 'x', 'x', 'x', 'x', 'x', 'x', case when id % 1000 = 2 then 'LI' else 'DE' end, created_at, created_at
    from accounts where level >= 2`.execute(db)
  const word = (text: string) => vault.index('profile_words.word_index', text)
  await sql`
    insert into profile_words (account_id, word_index)
    select account_id, case when account_id = 4998 then ${word(RARE_NAME)} when account_id % 100 = 3 then ${word(USUAL_NAME)}
      else ${textOf(db)} end from profiles`.execute(db)
}

async function phones(db: Db, vault: Vault): Promise<void> {
  const index = vault.index('phones.number_index', PHONE.slice(1))
  await sql`
    insert into phones (account_id, number_sealed, number_index, country, validated_at, created_at, updated_at)
    select id, 'x', case when id = 4998 then ${index} else ${textOf(db)} end, 'DE', created_at, created_at, created_at
    from accounts where level >= 2`.execute(db)
}

/** One in a thousand waits. */
async function reviews(db: Db): Promise<void> {
  await sql`
    insert into review_cases (account_id, attempt, level_sought, opened_at)
    select id, 1 + id % 3, 3, created_at from accounts where id % 1000 = 2`.execute(db)
  await sql`
    insert into review_cases (account_id, attempt, level_sought, opened_at, closed_at, outcome)
    select id, 1, 3, created_at, created_at, 'approved' from accounts where level = 3`.execute(db)
}

/** Each of them signed in once, and one in fifty was refused before. */
async function audit(db: Db): Promise<void> {
  await sql`
    insert into audit_records (created_at, action, result, actor_kind, actor_id, address, actor_commitment, account_id,
      subject_commitment, seq, previous_hash, hash)
    select created_at, action, case action when 'session.created' then 'ok' else 'refused' end, 'person', cast(id as text),
      '192.0.2.' || (id % 250), 'x', id, 'x', row_number() over (order by created_at, action desc), 'x', 'x'
    from (
      select id, created_at, 'session.created' as action from accounts
      union all select id, created_at, 'session.refused' from accounts where id % 50 = 7
    ) as happened order by created_at, action desc`.execute(db)
}
