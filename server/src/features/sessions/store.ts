import type { Db } from '../../platform/db/db.ts'
import type { Account, NewRow, Session } from '../../platform/db/schema.ts'

export async function insertSession(db: Db, session: NewRow<'sessions'>): Promise<void> {
  await db.insertInto('sessions').values(session).execute()
}

/** A session by its token's id, with its account: the one query of an authenticated request. */
export async function findSession(db: Db, jti: string): Promise<{ session: Session; account: Account } | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .selectAll('accounts')
    .select([
      'sessions.id as session_id',
      'sessions.jti',
      'sessions.application_id',
      'sessions.authenticated_at',
      'sessions.created_at as session_created_at',
      'sessions.expires_at',
      'sessions.revoked_at',
      'sessions.scopes',
      'sessions.grant_id',
      'sessions.browser_session',
      'sessions.oauth_payload',
    ])
    .where('sessions.jti', '=', jti)
    .executeTakeFirst()
  if (!row) return undefined
  const { session_id, session_created_at, application_id, authenticated_at, expires_at, revoked_at, ...rest } = row
  const { scopes, grant_id, browser_session, oauth_payload, ...account } = rest
  return {
    account,
    session: {
      id: session_id,
      jti,
      account_id: account.id,
      application_id,
      scopes,
      grant_id,
      browser_session,
      oauth_payload,
      authenticated_at,
      created_at: session_created_at,
      expires_at,
      revoked_at,
    },
  }
}

/** Removes a batch of sessions that ended before the given time; returns how many. */
export async function deleteEndedSessions(db: Db, before: string, limit: number): Promise<number> {
  const ended = db
    .selectFrom('sessions')
    .select('id')
    .where('expires_at', '<', before)
    .orderBy('expires_at')
    .limit(limit)
  const { numDeletedRows } = await db.deleteFrom('sessions').where('id', 'in', ended).executeTakeFirst()
  return Number(numDeletedRows)
}
