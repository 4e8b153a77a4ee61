import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Session } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { audit } from '../audit/audit.ts'
import { reauthenticate } from '../two-factor/two-factor.ts'
import { noteProof } from './store.ts'

const errors = defineErrors('sessions', { revoked: [401, 'The access token was revoked'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>

/** Milliseconds since 1970 until which dangerous changes are made in the session without asking again. */
export function freshUntil({ config }: Pick<Deps, 'config'>, session: Session): number {
  const proofs = [session.reauthenticated_at, session.authenticated_at].filter((time) => time !== null)
  // An application's token is as young as its last renewal, which proves nothing about the person.
  const counted = session.grant_id === null ? proofs : proofs.slice(0, -1)
  return Math.max(0, ...counted.map(parseIso)) + config.values.SUDO_LIFETIME * SECOND
}

/** Takes the password, and a code where 2FA is on, for dangerous changes to come; returns until when they are made. */
export async function confirmSession(
  needs: Needs,
  { account, session }: Caller,
  input: { password: string; otp_code?: string | undefined },
): Promise<{ fresh_until: string }> {
  return reauthenticate(needs, account, { password: input.password, code: input.otp_code }, async (tx) => {
    const reauthenticated_at = iso(needs.clock.now())
    if (!(await noteProof(tx, session.jti, reauthenticated_at))) throw errors.revoked()
    const details = { session_id: session.id }
    await audit(needs, tx, { action: 'session.confirmed', account_id: account.id, details })
    return { fresh_until: isoSeconds(iso(freshUntil(needs, { ...session, reauthenticated_at }))) }
  })
}
