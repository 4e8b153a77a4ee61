import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import type { Session } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { listOpenSessions } from './family-store.ts'
import type { SessionView } from './schema.ts'

/** More than anybody would look through. */
const SHOWN = 200

/** The sessions an account has open, the youngest first; however often one was renewed, it is one. */
export async function listSessions(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, session }: Caller,
): Promise<Static<typeof SessionView>[]> {
  const rows = await listOpenSessions(db, account.id, iso(clock.now()), SHOWN)
  return rows.map((row) => ({
    id: row.id,
    current: familyOf(row) === familyOf(session),
    application:
      row.application_uid === null || row.application_name === null
        ? null
        : { uid: row.application_uid, name: row.application_name },
    scopes: row.scopes === null ? null : row.scopes.split(' ').filter((scope) => scope !== ''),
    address: row.address,
    device: row.user_agent,
    signed_in_at: isoSeconds(row.authenticated_at),
    created_at: isoSeconds(row.created_at),
    expires_at: isoSeconds(row.expires_at),
  }))
}

const familyOf = ({ grant_id, family, jti }: Pick<Session, 'grant_id' | 'family' | 'jti'>): string =>
  grant_id ?? family ?? jti
