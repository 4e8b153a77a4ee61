import { oldestRemover } from '../../platform/db/batches.ts'
import { ACCOUNT_FACTS } from '../../platform/db/columns.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { preparedLookup, type Wanted } from '../../platform/db/lookups.ts'
import { prepared, preparedInsert } from '../../platform/db/prepared.ts'
import type { AccountFacts, Application, NewRow, Session } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'

/** Writes a session down; returns its id. */
export async function insertSession(db: Db, session: NewRow<'sessions'>): Promise<number> {
  const [row] = await sessionInserted(db, session)
  if (!row) throw new Error('The session was not written.')
  return row.id
}

const sessionInserted = preparedInsert('insert_session', (db, session: NewRow<'sessions'>) =>
  db.insertInto('sessions').values(session).returning('id'),
)

/** A session by its token's id, with its account: the one query of an authenticated request. */
export async function findSession(db: Db, jti: string): Promise<Caller | undefined> {
  const [row] = await sessionWithAccount(db, jti)
  return row && { account: accountOf(row), session: sessionOf(row) }
}

type SessionWithAccount = Awaited<ReturnType<typeof sessionWithAccount>>[number]

// Field by field: taking a row apart by its rest costs more than reading it.
const accountOf = (row: SessionWithAccount): AccountFacts => ({
  id: row.id,
  uid: row.uid,
  email: row.email,
  password_given_at: row.password_given_at,
  role: row.role,
  level: row.level,
  state: row.state,
  locked_at: row.locked_at,
  frozen_at: row.frozen_at,
  staff_frozen_at: row.staff_frozen_at,
  otp_enabled_at: row.otp_enabled_at,
  discarded_at: row.discarded_at,
  language: row.language,
  host: row.host,
})

const sessionOf = (row: SessionWithAccount): Session => ({
  id: row.session_id,
  jti: row.jti,
  account_id: row.id,
  application_id: row.application_id,
  scopes: row.scopes,
  grant_id: row.grant_id,
  family: row.family,
  browser_session: row.browser_session,
  oauth_payload: row.oauth_payload,
  address: row.address,
  user_agent: row.user_agent,
  authenticated_at: row.authenticated_at,
  reauthenticated_at: row.reauthenticated_at,
  jkt: row.jkt,
  created_at: row.session_created_at,
  expires_at: row.expires_at,
  revoked_at: row.revoked_at,
})

const sessionWithAccount = preparedLookup('session_with_account', 'jti', (db, jti: Wanted<string>) =>
  db
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.account_id')
    .select(ACCOUNT_FACTS)
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
      'sessions.jkt',
      'sessions.address',
      'sessions.user_agent',
    ])
    .where('sessions.jti', '=', jti),
)

/**
 * What a session that goes on is renewed by, asked inside of a transaction that holds the account: since when all tokens of its
 * application are bound to keys. Undefined: the session ended.
 */
export async function findRenewalTerms(db: Db, jti: string): Promise<Pick<Application, 'tokens_bound_at'> | undefined> {
  const [row] = await renewalTerms(db, jti)
  return row
}

const renewalTerms = prepared('renewal_terms', (db, jti: string) =>
  db
    .selectFrom('sessions')
    .innerJoin('applications', 'applications.id', 'sessions.application_id')
    .select('applications.tokens_bound_at')
    .where('sessions.jti', '=', jti)
    .where('sessions.revoked_at', 'is', null),
)

/** Removes a batch of sessions that ended before the given time; returns how many. */
export const deleteEndedSessions = oldestRemover('sessions', 'expires_at')

/** Ends one token alone; returns it, unless it had ended. */
export const endToken = (db: Db, jti: string, now: string): Promise<Session[]> =>
  db
    .updateTable('sessions')
    .set({ revoked_at: now })
    .where('jti', '=', jti)
    .where('revoked_at', 'is', null)
    .returningAll()
    .execute()

/** Notes that the person proved who they are within the session. */
export async function noteProof(tx: Tx, jti: string, reauthenticated_at: string): Promise<void> {
  await tx.updateTable('sessions').set({ reauthenticated_at }).where('jti', '=', jti).execute()
}
