import type { Db } from '../../platform/db/db.ts'
import { prepared } from '../../platform/db/prepared.ts'
import type { Account, NewRow, Session } from '../../platform/db/schema.ts'

const ACCOUNT = [
  'accounts.id',
  'accounts.uid',
  'accounts.email',
  'accounts.password_digest',
  'accounts.role',
  'accounts.level',
  'accounts.state',
  'accounts.confirmation_digest',
  'accounts.confirmation_sent_at',
  'accounts.confirmed_at',
  'accounts.reset_password_digest',
  'accounts.reset_password_sent_at',
  'accounts.failed_attempts',
  'accounts.locked_at',
  'accounts.frozen_at',
  'accounts.unlock_digest',
  'accounts.otp_secret_sealed',
  'accounts.otp_pending_sealed',
  'accounts.otp_pending_until',
  'accounts.otp_enabled_at',
  'accounts.otp_last_step',
  'accounts.discarded_at',
  'accounts.created_at',
  'accounts.updated_at',
] as const

export function insertSession(db: Db, session: NewRow<'sessions'>): Promise<Session> {
  return db.insertInto('sessions').values(session).returningAll().executeTakeFirstOrThrow()
}

/** A session by its token's id, with its account: the one query of an authenticated request. */
export async function findSession(db: Db, jti: string): Promise<{ session: Session; account: Account } | undefined> {
  const [row] = await sessionWithAccount(db, jti)
  if (!row) return undefined
  const {
    session_id,
    session_created_at,
    application_id,
    authenticated_at,
    reauthenticated_at,
    expires_at,
    revoked_at,
    ...rest
  } = row
  const { scopes, grant_id, family, browser_session, oauth_payload, address, user_agent, jti: known, ...account } = rest
  return {
    account,
    session: {
      id: session_id,
      jti: known,
      account_id: account.id,
      application_id,
      scopes,
      grant_id,
      family,
      browser_session,
      oauth_payload,
      address,
      user_agent,
      authenticated_at,
      reauthenticated_at,
      created_at: session_created_at,
      expires_at,
      revoked_at,
    },
  }
}

const sessionWithAccount = prepared('session_with_account', (db, jti: string) =>
  db
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(ACCOUNT)
    .select([
      'sessions.id as session_id',
      'sessions.jti',
      'sessions.application_id',
      'sessions.authenticated_at',
      'sessions.reauthenticated_at',
      'sessions.created_at as session_created_at',
      'sessions.expires_at',
      'sessions.revoked_at',
      'sessions.scopes',
      'sessions.grant_id',
      'sessions.family',
      'sessions.browser_session',
      'sessions.oauth_payload',
      'sessions.address',
      'sessions.user_agent',
    ])
    .where('sessions.jti', '=', jti),
)

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

/** Whether the session goes on, asked inside of a transaction that holds the account. */
export async function isSessionOpen(db: Db, jti: string): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('id')
    .where('jti', '=', jti)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that the person proved who they are within the session; false when it ended meanwhile. */
export async function noteProof(db: Db, jti: string, reauthenticated_at: string): Promise<boolean> {
  const row = await db
    .updateTable('sessions')
    .set({ reauthenticated_at })
    .where('jti', '=', jti)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Remembers a proof among the records of OAuth, whose cleaner forgets it; tells whether it was not known yet. */
export async function insertDpopProof(
  db: Db,
  key_digest: string,
  created_at: string,
  expires_at: string,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('oauth_records')
    .values({ kind: 'DpopProof', key_digest, payload_sealed: '', created_at, expires_at })
    .onConflict((conflict) => conflict.columns(['kind', 'key_digest']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}
