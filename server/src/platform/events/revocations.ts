import { hash } from 'node:crypto'
import { DAY, HOUR, iso, MINUTE, parseIso, SECOND, seconds } from '../../lib/clock.ts'
import { insertMany } from '../db/bulk.ts'
import type { Db, Tx } from '../db/db.ts'
import type { ApiKey, NewRow, Session } from '../db/schema.ts'

/** Tokens that have no row of their own, as those of a browser's pages, live no longer. */
export const ROWLESS = HOUR
/** Relying parties may take a token for valid a little longer than it is, by their clocks. */
const LEEWAY = MINUTE

/** What a token is known by in what is told of revocations: nine bytes of the SHA-256 of its `jti` or of a uid, in base64url. */
export const targetOf = (text: string): string => hash('sha256', text, 'buffer').subarray(0, 9).toString('base64url')

type Ended = Pick<Session, 'jti' | 'application_id' | 'created_at' | 'expires_at'>

/** Notes that these tokens ended. */
export async function noteTokensEnded(tx: Tx, ended: readonly Ended[], now: number): Promise<void> {
  const rows = ended.map((session) => rowOf(now, session.jti, null, lastExpiry(session, now)))
  await insertMany(
    tx,
    'revocations',
    rows.filter(({ expires_at }) => parseIso(expires_at) > now),
  )
}

/** Notes that all tokens of an account or an application ended, of which these have rows. */
export async function noteHolderEnded(tx: Tx, uid: string, ended: readonly Ended[], now: number): Promise<void> {
  // `iat` counts whole seconds: a token of this very second may be one that follows, so those that ended are named.
  const cut = seconds(now) * SECOND
  const expiry = Math.max(now + ROWLESS, ...ended.map((session) => lastExpiry(session, now)))
  await insertMany(tx, 'revocations', [rowOf(now, uid, iso(cut), expiry)])
  await noteTokensEnded(
    tx,
    ended.filter(({ created_at, application_id }) => application_id === null || parseIso(created_at) >= cut),
    now,
  )
}

/** What the row for everybody is found by: shorter than any digest. */
export const EVERYBODY = 'everybody'

/**
 * Notes that all tokens of all accounts ended that come from a sign-in of an earlier second; returns the beginning of this
 * one. Sessions that began since then are noted as each ends.
 */
export async function noteEverybodyEnded(db: Db, now: number): Promise<number> {
  const cut = seconds(now) * SECOND
  const expires_at = iso(now + DAY + LEEWAY)
  await db
    .insertInto('revocations')
    .values({ target: EVERYBODY, issued_before: iso(cut), recorded_at: iso(now), expires_at })
    .execute()
  return cut
}

/** Notes which of these ended that began after everybody's had. */
export const noteLateTokensEnded = (tx: Tx, ended: readonly Ended[], cut: number, now: number): Promise<void> =>
  noteTokensEnded(
    tx,
    ended.filter(({ created_at }) => parseIso(created_at) >= cut),
    now,
  )

/** Notes that an application is gone: with these sessions, and with tokens of its own, that have none. */
export async function noteApplicationEnded(tx: Tx, uid: string, ended: readonly Ended[], now: number): Promise<void> {
  // None follows, so those of this second are meant, too.
  await insertMany(tx, 'revocations', [rowOf(now, uid, iso(now + LEEWAY), now + DAY)])
  await noteTokensEnded(tx, ended, now)
}

/** Notes that what an application was given until now ended: these sessions, and tokens of its own, that have none. Others follow. */
export async function noteApplicationNarrowed(
  tx: Tx,
  uid: string,
  ended: readonly Ended[],
  now: number,
): Promise<void> {
  const cut = seconds(now) * SECOND
  await insertMany(tx, 'revocations', [rowOf(now, uid, iso(cut), now + DAY)])
  await noteLateTokensEnded(tx, ended, cut, now)
}

/** Notes that an API key was switched off, replaced or removed: what its tokens, which have no sessions, are good for. */
export async function noteApiKeyEnded(tx: Tx, { uid }: Pick<ApiKey, 'uid'>, now: number): Promise<void> {
  const cut = (seconds(now) + 1) * SECOND
  await insertMany(tx, 'revocations', [rowOf(now, uid, iso(cut), now + DAY)])
}

/** Notes that a token ended which has no session. */
export async function noteTokenEnded(db: Db, jti: string, expires_at: number, now: number): Promise<void> {
  await db
    .insertInto('revocations')
    .values(rowOf(now, jti, null, expires_at))
    .execute()
}

/** When the last token expires that a session has given out. A browser's session outlives each of its tokens. */
const lastExpiry = ({ application_id, expires_at }: Ended, now: number): number =>
  application_id === null ? Math.min(parseIso(expires_at), now + ROWLESS) : parseIso(expires_at)

const rowOf = (
  now: number,
  text: string,
  issued_before: string | null,
  expiry: number,
): NewRow<'revocations'> & { expires_at: string } => ({
  target: targetOf(text),
  issued_before,
  recorded_at: iso(now),
  expires_at: iso(expiry + LEEWAY),
})
