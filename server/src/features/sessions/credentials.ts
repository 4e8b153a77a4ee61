import type { Deps } from '../../deps.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import {
  countFailure,
  forgetFailures,
  inHidingTime,
  isBarred,
  isLocked,
  isUnconfirmed,
  noteFailure,
  remindToConfirm,
} from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { admitCode, admitGuess, countsByDevice, isTrusted } from '../guesses/guesses.ts'
import {
  type Credential,
  checkPasskey,
  hasPasskeys,
  type PasskeyProof,
  requestOptions,
  usePasskey,
} from '../passkeys/passkeys.ts'
import { consumeSecondFactor, readCode, type ShownCode, usedCode } from '../two-factor/two-factor.ts'
import { recordRefusal } from './refusals.ts'
import { welcome } from './welcome.ts'

const errors = defineErrors('sessions', {
  wrongCredentials: [401, 'Invalid Email or Password'],
  locked: [401, 'Your account was locked!'],
  unconfirmed: [401, 'You have to confirm your email address before continuing'],
  otpMissing: [403, 'The account has enabled 2FA but OTP code is missing'],
  otpWrong: [403, 'OTP code is invalid'],
  passkeyWrong: [403, 'Passkey is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault' | 'limits'>

/** An account whose password was right. */
export interface PasswordProof {
  account: Account
}

/**
 * Checks a password. `account` undefined: nobody has the e-mail, normalised, that was typed, which costs the same time as
 * a wrong password. `arrived`: when they came, as `passwords.admit` told it.
 */
export const provePassword = (
  needs: Needs,
  account: Account | undefined,
  input: { email: string; password: string; arrived?: number },
): Promise<PasswordProof> =>
  inHidingTime(needs, async () => {
    const guess = await admitGuess(needs, account, input.email)
    try {
      const proof = await prove(needs, account, input.password, input.arrived)
      await guess.takeBack()
      return proof
    } catch (error) {
      // What was not compared, or was right, is no guess.
      if (error instanceof Refusal && error.code !== errors.wrongCredentials().code) await guess.takeBack()
      throw error
    }
  })

async function prove(
  needs: Needs,
  account: Account | undefined,
  password: string,
  arrived?: number,
): Promise<PasswordProof> {
  const hidden = needs.config.values.BARONG_HIDE_ACCOUNTS
  if (account && (await isShut(needs, account)) && !hidden) throw await recordRefusal(needs, account, errors.locked())
  const match = await needs.passwords.match(account?.password_digest, password, arrived)
  const wrong = errors.wrongCredentials()
  if (!account) throw await recordRefusal(needs, account, wrong)
  if (match === 'wrong') throw await refuseWrong(needs, account, wrong)
  const shut = await isShut(needs, account)
  const standing = shut ? errors.locked() : faultOf(account)
  if (standing) {
    await recordRefusal(needs, account, standing)
    if (shut) throw locked(needs)
    if (!hidden || account.state !== 'pending') throw standing
    // Who just signed up with an address would learn that it was free; whom it belongs to learns it by mail.
    await remindToConfirm(needs, account)
    throw wrong
  }
  if (match === 'right') return { account }
  return prove(needs, await rehash(needs, account, password), password)
}

/** Counts a wrong password where the account pays for it; the guess at it is counted already where devices do. */
async function refuseWrong(needs: Needs, account: Account, wrong: Refusal): Promise<Refusal> {
  if (countsByDevice(needs)) return recordRefusal(needs, account, wrong)
  const outcome = await countFailure(needs, account.id, { action: 'session.refused', refused: wrong })
  return outcome === 'locked' ? locked(needs) : wrong
}

/** Whether a lock stands in the way, which it does not on a device that is known where devices pay for guesses. */
const isShut = async (needs: Needs, account: Account): Promise<boolean> =>
  isLocked(needs, account) && !(await isTrusted(needs, account))

/** Why nobody is let in although the password is right. */
function faultOf(account: Account): Refusal | undefined {
  if (isUnconfirmed(account)) return errors.unconfirmed()
  return isBarred(account) ? errors.locked() : undefined
}

/** Where accounts are hidden a lock is not told: it would tell a stranger that his guess was right. */
const locked = ({ config }: Needs) => (config.values.BARONG_HIDE_ACCOUNTS ? errors.wrongCredentials() : errors.locked())

/** Replaces an outdated digest, unless it was replaced meanwhile; returns the account as it is then. */
async function rehash(needs: Needs, { id, password_digest: outdated }: Account, password: string): Promise<Account> {
  const password_digest = await needs.passwords.hash(password)
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    return account.password_digest === outdated ? updateAccount(needs, tx, account, { password_digest }) : account
  })
}

/** What a person shows beside the password: a code, or what their passkey signed. */
export type SecondFactor = string | PasskeyProof

/** Checks what a passkey signed after the password was right. */
export async function provePasskeyOf(needs: Needs, account: Account, credential: Credential): Promise<PasskeyProof> {
  const proof = await checkPasskey(needs, { purpose: 'second_factor', bound: account.uid }, credential)
  if (proof?.account_id === account.id) return proof
  throw await recordRefusal(needs, account, errors.passkeyWrong())
}

/** Whether a password alone does not sign the account in. */
export const hasSecondFactor = async ({ db }: Pick<Deps, 'db'>, account: Account): Promise<boolean> =>
  account.otp_enabled_at !== null || (await hasPasskeys(db, account.id))

/**
 * Checks the second factor where the account has one, and goes on with `then` in the same transaction, so that a code
 * and a lock count exactly once.
 */
export async function completeSignIn<T>(
  needs: Needs,
  { account: proven }: PasswordProof,
  shown: SecondFactor | undefined,
  then: (tx: Tx, account: Account) => Promise<T>,
): Promise<T> {
  const { id, password_digest } = proven
  const guess = await admitCode(needs, { id })
  const { trusted } = guess
  const judge = async () => {
    const factor = typeof shown === 'string' ? await readCode(needs, proven, shown) : shown
    return needs.db.transaction().execute(async (tx) => {
      const account = await lockAccount(tx, id)
      const refused = await refuse(needs, tx, account, { password_digest, factor, trusted })
      // What is refused is recorded, and some of it counted, so the transaction stands and the refusal comes after it.
      if (refused) return { refused }
      await welcome(needs, tx, account)
      return { value: await then(tx, await forgetFailures(needs, tx, account)) }
    })
  }
  const outcome = await judge().catch(async (error: unknown) => {
    // Something else was refused after the code was right, or before it was compared.
    if (error instanceof Refusal) await guess.takeBack()
    throw error
  })
  if ('value' in outcome || outcome.refused.code !== errors.otpWrong().code) await guess.takeBack()
  if ('value' in outcome) return outcome.value
  throw outcome.refused
}

interface Shown {
  password_digest: string
  factor: ShownCode | PasskeyProof | undefined
  /** Whether a lock does not stand in the way. */
  trusted: boolean
}

/** Why the sign-in ends here, recorded, and counted where it was a wrong code. */
async function refuse(
  needs: Needs,
  tx: Tx,
  account: Account,
  { password_digest, factor, trusted }: Shown,
): Promise<Refusal | undefined> {
  const record = async (refused: Refusal): Promise<Refusal> => {
    await audit(needs, tx, { action: 'session.refused', account_id: account.id, refused })
    return refused
  }
  if (isLocked(needs, account) && !trusted) {
    await record(errors.locked())
    return locked(needs)
  }
  if (account.password_digest !== password_digest || isBarred(account)) return record(errors.wrongCredentials())
  const passkeys = await hasPasskeys(tx, account.id)
  if (account.otp_enabled_at === null && !passkeys) return undefined
  if (factor && !('text' in factor))
    return (await usePasskey(needs, tx, factor)) ? undefined : record(errors.passkeyWrong())
  if (!factor || factor.text.trim() === '') return passkeys ? wantsPasskey(needs, tx, account) : errors.otpMissing()
  const code = await consumeSecondFactor(needs, tx, account, factor)
  if (code === 'right') return undefined
  if (code === 'used') return record(usedCode())
  const refused = errors.otpWrong()
  await noteFailure(needs, tx, account, needs.config.values.MAX_LOGIN_ATTEMPTS, { action: 'session.refused', refused })
  return refused
}

/** The refusal that tells what a passkey can sign to be let in. */
async function wantsPasskey(needs: Needs, tx: Tx, account: Account): Promise<Refusal> {
  const occasion = { purpose: 'second_factor', bound: account.uid } as const
  const passkey_options = await requestOptions(needs, tx, occasion, account)
  return errors.otpMissing({ body: { error: errors.otpMissing().message, passkey_options } })
}
