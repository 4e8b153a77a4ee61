import { type ExpressionBuilder, sql } from 'kysely'
import type { Db } from '../../platform/db/db.ts'
import type { Session, Tables } from '../../platform/db/schema.ts'

type Rows = ExpressionBuilder<Tables, 'sessions'>

/** What makes rows one session for its owner: the grant of an application, or what was renewed from one sign-in. */
const familyOf = ({ fn, ref }: Rows) =>
  fn.coalesce(ref('sessions.grant_id'), ref('sessions.family'), ref('sessions.jti'))

/** The sessions an account has open, the youngest first, each with its application, however many tokens it is. */
export async function listOpenSessions(db: Db, account_id: number, now: string, limit: number) {
  const families = await db
    .selectFrom('sessions')
    .select(({ fn }) => [fn.min('id').as('first_id'), fn.max('expires_at').as('expires_at')])
    .where('account_id', '=', account_id)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .where((rows) => rows.or([isToken(rows), isRefreshable(rows, now)]))
    .groupBy(familyOf)
    .orderBy('first_id', 'desc')
    .limit(limit)
    .execute()
  const ends = new Map(families.map(({ first_id, expires_at }) => [Number(first_id), expires_at]))
  const rows = await listWithApplications(db, [...ends.keys()])
  return rows.map((row) => ({ ...row, expires_at: ends.get(row.id) ?? row.expires_at }))
}

async function listWithApplications(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return []
  return db
    .selectFrom('sessions')
    .leftJoin('applications', 'applications.id', 'sessions.application_id')
    .select(['sessions.id', 'sessions.jti', 'sessions.grant_id', 'sessions.family'])
    .select(['sessions.address', 'sessions.user_agent', 'sessions.scopes'])
    .select(['sessions.authenticated_at', 'sessions.created_at', 'sessions.expires_at'])
    .select(['applications.uid as application_uid', 'applications.name as application_name'])
    .where('sessions.id', 'in', ids)
    .orderBy('sessions.id', 'desc')
    .execute()
}

const isToken = ({ eb, ref }: Rows) =>
  eb.or([eb('sessions.grant_id', 'is', null), eb('sessions.jti', '<>', ref('sessions.grant_id'))])

/** A grant goes on without an access token while there is a refresh token, and the browser's sign-in that it ends with. */
const isRefreshable = ({ and, or, exists, selectFrom, eb }: Rows, now: string) =>
  and([
    exists(
      selectFrom('oauth_records')
        .select(sql.lit(1).as('one'))
        .whereRef('oauth_records.grant_id', '=', 'sessions.grant_id')
        .where('oauth_records.kind', '=', 'RefreshToken')
        .where('oauth_records.consumed_at', 'is', null)
        .where('oauth_records.expires_at', '>', now),
    ),
    or([
      eb('sessions.browser_session', 'is', null),
      exists(
        selectFrom('sessions as browser')
          .select(sql.lit(1).as('one'))
          .whereRef('browser.browser_session', '=', 'sessions.browser_session')
          .where('browser.application_id', 'is', null)
          .where('browser.revoked_at', 'is', null)
          .where('browser.expires_at', '>', now),
      ),
    ]),
  ])

/** Revokes one session of the account, with all its tokens and what they would be renewed by; returns the rows that ended. */
export async function revokeFamily(db: Db, account_id: number, id: number, now: string): Promise<Session[]> {
  const session = await db
    .selectFrom('sessions')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', account_id)
    .executeTakeFirst()
  return session ? revokeKin(db, session, now) : []
}

async function revokeKin(db: Db, session: Session, now: string): Promise<Session[]> {
  const { account_id, grant_id, browser_session, application_id } = session
  const open = db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('account_id', '=', account_id)
    .where('revoked_at', 'is', null)
    .returningAll()
  if (grant_id !== null) {
    await db.deleteFrom('oauth_records').where('grant_id', '=', grant_id).execute()
    return open.where('grant_id', '=', grant_id).execute()
  }
  if (application_id !== null || browser_session === null) {
    const first = session.family ?? session.jti
    return open.where((eb) => eb.or([eb('family', '=', first), eb('jti', '=', first)])).execute()
  }
  await db
    .deleteFrom('oauth_records')
    .where('kind', '=', 'Session')
    .where('alias_digest', '=', browser_session)
    .execute()
  return open.where('browser_session', '=', browser_session).execute()
}
