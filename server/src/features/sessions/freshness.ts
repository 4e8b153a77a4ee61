import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Session } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { audit } from '../audit/audit.ts'
import { type Credential, checkPasskey, requestOptions, usePasskey } from '../passkeys/passkeys.ts'
import { reauthenticate } from '../two-factor/two-factor.ts'
import { noteProof } from './store.ts'

const errors = defineErrors('sessions', {
  revoked: [401, 'The access token was revoked'],
  passwordMissing: [400, 'Password is missing'],
  passkeyWrong: [422, 'Passkey is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** Milliseconds since 1970 until which dangerous changes are made in the session without asking again; `lifetime` in seconds. */
export function freshUntil(
  { config }: Pick<Deps, 'config'>,
  session: Session,
  lifetime: number = config.values.SUDO_LIFETIME,
): number {
  const proofs = [session.reauthenticated_at, session.authenticated_at].filter((time) => time !== null)
  // Who holds an application's token is not the person who signed in for it.
  const counted = session.grant_id === null ? proofs : proofs.slice(0, -1)
  return Math.max(0, ...counted.map(parseIso)) + lifetime * SECOND
}

interface Proof {
  password?: string | undefined
  otp_code?: string | undefined
  passkey?: Credential | undefined
}

/** What a browser has a passkey sign to confirm this session. */
export const confirmationOptions = (needs: Needs, { account, session }: Caller) =>
  requestOptions(needs, needs.db, occasionOf(session), account)

/**
 * Takes the password, and a code where 2FA is on, or what a passkey signed, for dangerous changes to come; returns until
 * when they are made.
 */
export async function confirmSession(
  needs: Needs,
  caller: Caller,
  { password, otp_code, passkey }: Proof,
): Promise<{ fresh_until: string }> {
  if (passkey) return confirmByPasskey(needs, caller, passkey)
  if (password === undefined) throw errors.passwordMissing()
  return reauthenticate(needs, caller, { password, code: otp_code }, (tx) => confirm(needs, tx, caller))
}

async function confirmByPasskey(
  needs: Needs,
  caller: Caller,
  credential: Credential,
): Promise<{ fresh_until: string }> {
  const { account, session } = caller
  const proof = await checkPasskey(needs, occasionOf(session), credential)
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const right = proof?.account_id === account.id && (await usePasskey(needs, tx, proof))
    if (right) return { value: await confirm(needs, tx, caller) }
    const refused = errors.passkeyWrong()
    await audit(needs, tx, { action: 'passkey.refused', account_id: account.id, refused })
    return { refused }
  })
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

async function confirm(needs: Needs, tx: Tx, { account, session }: Caller): Promise<{ fresh_until: string }> {
  const reauthenticated_at = iso(needs.clock.now())
  if (!(await noteProof(tx, session.jti, reauthenticated_at))) throw errors.revoked()
  const details = { session_id: session.id }
  await audit(needs, tx, { action: 'session.confirmed', account_id: account.id, details })
  return { fresh_until: isoSeconds(iso(freshUntil(needs, { ...session, reauthenticated_at }))) }
}

const occasionOf = ({ jti }: Session) => ({ purpose: 'confirm', bound: jti }) as const
