import type { Deps } from '../../deps.ts'
import { iso, isoSeconds, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import { recordRevoked } from '../../platform/events/session-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { lockCaller } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { holdsClaim } from '../holds/holds.ts'
import { type Credential, checkPasskey, requestOptions, usePasskey } from '../passkeys/passkeys.ts'
import { reauthenticate } from '../two-factor/two-factor.ts'
import { boundKeyOf, issueFurther, type Opened, restOf } from './issuing.ts'
import { endToken, noteProof } from './store.ts'

const errors = defineErrors('sessions', {
  passwordMissing: [400, 'Password is missing'],
  passkeyWrong: [422, 'Passkey is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits' | 'keys'>

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

/** Has the browser that a session is known by another id from now on, in the transaction in which that counts. */
export type RenewBrowser = (tx: Tx, caller: Caller) => Promise<void>

/** Until when dangerous changes are made, and the token that takes the place of the one that asked, where one does. */
interface Confirmed {
  fresh_until: string
  token?: string
}

/**
 * Takes the password, and a code where 2FA is on, or what a passkey signed, for dangerous changes to come. Where SESSION_REQUIRE
 * wants `new_tokens`, the token that asked ends, and so does the id of a browser (ASVS 7.2.4).
 */
export async function confirmSession(
  needs: Needs,
  caller: Caller,
  { password, otp_code, passkey }: Proof,
  renewBrowser: RenewBrowser,
): Promise<Confirmed> {
  const confirming = (tx: Tx, holder: Account) => confirm(needs, tx, { caller, holder, renewBrowser })
  if (!passkey && password === undefined) throw errors.passwordMissing()
  const { fresh_until, opened } = passkey
    ? await confirmByPasskey(needs, caller, passkey, confirming)
    : await reauthenticate(needs, caller, { password: password ?? '', code: otp_code }, confirming)
  return opened ? { fresh_until, token: await opened.token } : { fresh_until }
}

async function confirmByPasskey<T>(
  needs: Needs,
  caller: Caller,
  credential: Credential,
  then: (tx: Tx, holder: Account) => Promise<T>,
): Promise<T> {
  const { account, session } = caller
  const proof = await checkPasskey(needs, occasionOf(session), credential)
  const outcome = await needs.db.transaction().execute(async (tx) => {
    const holder = await lockCaller(tx, caller)
    const right = proof?.account_id === account.id && (await usePasskey(needs, tx, proof))
    if (right) return { value: await then(tx, holder) }
    const refused = errors.passkeyWrong()
    await audit(needs, tx, { action: 'passkey.refused', account_id: account.id, refused })
    return { refused }
  })
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

interface Confirming {
  caller: Caller
  /** The account, held; its session goes on. */
  holder: Account
  renewBrowser: RenewBrowser
}

async function confirm(needs: Needs, tx: Tx, { caller, holder, renewBrowser }: Confirming) {
  const { account, session } = caller
  const reauthenticated_at = iso(needs.clock.now())
  await noteProof(tx, session.jti, reauthenticated_at)
  const details = { session_id: session.id }
  await audit(needs, tx, { action: 'session.confirmed', account_id: account.id, details })
  const proven = { ...session, reauthenticated_at }
  const fresh_until = isoSeconds(iso(freshUntil(needs, proven)))
  if (!needs.config.values.SESSION_REQUIRE.includes('new_tokens')) return { fresh_until }
  const { application_id } = session
  if (application_id !== null) return { fresh_until, opened: await replace(needs, tx, holder, proven, application_id) }
  await renewBrowser(tx, caller)
  return { fresh_until }
}

/** Ends a token, and issues another one for what is left of its time, bound as it was. */
async function replace(
  needs: Needs,
  tx: Tx,
  holder: Account,
  session: Session,
  application_id: number,
): Promise<Opened> {
  const holds = await holdsClaim(needs, tx, holder.id)
  const terms = { application_id, lifetime: restOf(needs, session), jkt: boundKeyOf(session), holds }
  const opened = await issueFurther(needs, tx, holder, session, terms)
  await recordRevoked(needs, tx, holder, await endToken(tx, session.jti, iso(needs.clock.now())))
  return opened
}

const occasionOf = ({ jti }: Session) => ({ purpose: 'confirm', bound: jti }) as const
