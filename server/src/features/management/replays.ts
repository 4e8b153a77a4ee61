import { createHash } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { DAY, iso, SECOND } from '../../lib/clock.ts'
import { expiryOf, jtiOf } from './claims.ts'
import type { ReceivedEnvelope } from './envelope.ts'
import { deleteExpiredNonces, insertNonce } from './store.ts'

/** Instants beyond this are of no use to a database (9999-12-31T23:59:59Z in seconds). */
const FAR = 253_402_300_799
const CLEANED_AT_ONCE = 1000

/**
 * Notes an envelope as used; false when it was used before. It is known by its issuer and `jti`, or without one by its
 * whole payload, and is remembered as long as it could be accepted again: until it expires, or for ever without `exp`.
 */
export function useOnce(
  { db, management }: Pick<Deps, 'db' | 'management'>,
  { plain, claims }: Pick<ReceivedEnvelope, 'plain' | 'claims'>,
): Promise<boolean> {
  const jti = jtiOf(claims)
  const identity = jti === undefined ? { payload: plain } : { iss: claims['iss'] ?? null, jti }
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('base64url')
  const expiry = expiryOf(management.claims, claims)
  const expires_at = expiry === undefined || expiry > FAR ? null : iso(Math.ceil(expiry) * SECOND)
  return insertNonce(db, { digest, expires_at })
}

/** Forgets a batch of envelopes that expired a day ago or earlier; returns how many. */
export const cleanManagementNonces = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<number> =>
  deleteExpiredNonces(db, iso(clock.now() - DAY), CLEANED_AT_ONCE)
