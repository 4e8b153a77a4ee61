import type { Deps } from '../../deps.ts'
import { iso, MINUTE, parseIso, stopped } from '../../lib/clock.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { patchAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { endAccess, lockCaller } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { admitInSession } from '../guesses/guesses.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { hasPasskeys } from '../passkeys/passkeys.ts'
import { recordRefusal } from './codes.ts'
import { openSecret, sealSecret } from './secrets.ts'
import { removeRecoveryCodes } from './store.ts'
import { newTotpSecret, otpauthUrl, stepOf } from './totp.ts'

const errors = defineErrors('two-factor', {
  alreadyEnabled: [400, '2FA has been enabled for this account'],
  wrongCode: [422, 'OTP code is invalid'],
})

/** How long a secret waits for its first code. */
const PENDING = 15 * MINUTE
const BARCODE_PIXELS = 300

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** A secret for an authenticator app: as a URL, and as a QR code of that URL (PNG in base64). */
export interface Enrolment {
  barcode: string
  url: string
}

/** Makes a secret that waits for its first code, in place of any that waited before. */
export async function startEnrolment(needs: Needs, caller: Caller): Promise<Enrolment> {
  const { db, clock, config, vault } = needs
  const secret = newTotpSecret()
  const email = await db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    const { id } = account
    if (account.otp_enabled_at !== null) throw errors.alreadyEnabled()
    const otp_pending_until = iso(clock.now() + PENDING)
    const otp_pending_sealed = await sealSecret(vault, tx, id, 'accounts.otp_pending_sealed', secret)
    await patchAccount(tx, id, { otp_pending_sealed, otp_pending_until })
    await audit(needs, tx, { action: 'otp.enrolment_started', account_id: id })
    return account.email
  })
  const url = otpauthUrl(secret, config.values.APP_NAME, email)
  const { toBuffer } = await import('qrcode')
  const barcode = await toBuffer(url, { type: 'png', width: BARCODE_PIXELS })
  return { url, barcode: barcode.toString('base64') }
}

/** Turns the second factor on once a first code proves that the secret arrived; other sessions, opened without it, end. */
export async function enableTwoFactor(needs: Needs, caller: Caller, code: string): Promise<void> {
  const { id } = caller.account
  const wrong = errors.wrongCode()
  const guess = await admitInSession(needs, caller)
  const enabling = needs.db.transaction().execute(async (tx) => {
    const account = await lockCaller(tx, caller)
    if (account.otp_enabled_at !== null) throw errors.alreadyEnabled()
    const secret = await pendingSecret(needs, tx, account)
    // Without a secret there is nothing to guess, hence nothing to count.
    if (secret === undefined) throw wrong
    const step = stepOf(secret, code, needs.clock.now())
    if (step === undefined) {
      await recordRefusal(needs, tx, account, wrong)
      return false
    }
    // The link of the mail turns off what was turned on no earlier than itself.
    const at_once = { ...needs, clock: stopped(needs.clock) }
    const after = await updateAccount(needs, tx, account, {
      otp_secret_sealed: await sealSecret(needs.vault, tx, id, 'accounts.otp_secret_sealed', secret),
      otp_enabled_at: iso(at_once.clock.now()),
      otp_last_step: step,
      otp_pending_sealed: null,
      otp_pending_until: null,
    })
    if (!(await hasPasskeys(tx, id))) await removeRecoveryCodes(tx, id)
    await audit(needs, tx, { action: 'otp.enabled', account_id: id })
    await endAccess(needs, tx, after, caller.session.jti)
    await notify(at_once, tx, after, 'second_factor_enabled')
    await imposeHolds(needs, tx, after, 'second_factor_added')
    return true
  })
  const enabled = await enabling.catch(async (error: unknown) => {
    // It was not compared.
    if (error instanceof Refusal) await guess.takeBack()
    throw error
  })
  if (!enabled) throw wrong
  await guess.takeBack()
}

async function pendingSecret({ clock, vault }: Needs, tx: Tx, account: Account): Promise<string | undefined> {
  const { otp_pending_sealed: sealed, otp_pending_until } = account
  if (sealed === null || otp_pending_until === null || clock.now() >= parseIso(otp_pending_until)) return undefined
  return openSecret(vault, tx, account, 'accounts.otp_pending_sealed', sealed)
}
