import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import type { Account, Session } from '../../platform/db/schema.ts'
import type { Limit } from '../../platform/limits/limits.ts'
import { isKnownDevice } from '../devices/devices.ts'
import { isDone, newChallenge } from './proof-of-work.ts'

const errors = defineErrors('guesses', {
  wantsWork: [429, 'Too many wrong passwords, please send a proof of work'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'limits'>

/** A guess that was let through and counted; a right one is taken back. */
export interface Guess {
  takeBack(): Promise<void>
}

const UNCOUNTED: Guess = { takeBack: async () => {} }

/** Whether devices, and not the account, pay for wrong passwords. */
export const countsByDevice = ({ config }: Pick<Deps, 'config'>): boolean => config.values.BARONG_LOCKOUT === 'device'

/** Whether the caller's device was signed in to the account before, and so has a budget of its own. */
export const isTrusted = async (
  needs: Pick<Deps, 'db' | 'config' | 'ring'>,
  account: Pick<Account, 'id'>,
): Promise<boolean> => countsByDevice(needs) && isKnownDevice(needs, needs.db, account.id)

/**
 * Lets a guess at a password through, before anything is hashed, or throws 429: with BARONG_LOCKOUT=device a known device
 * has its own budget, and strangers are slowed down, then asked for work, then refused. Every guess is counted before it
 * is looked at, so that many at once are no more than one after the other. `email` is what was typed, whether anybody has it or not.
 */
export async function admitGuess(needs: Needs, account: Account | undefined, email: string): Promise<Guess> {
  if (!countsByDevice(needs)) return UNCOUNTED
  const { families } = needs.limits
  if (account && (await isTrusted(needs, account))) return count(needs, [[families.device_guesses, deviceOf(account)]])
  const { count: strangers } = await needs.limits.check(families.strangers, email)
  const { BARONG_PROOF_OF_WORK_AFTER: borne } = needs.config.values
  const source = needs.limits.sourceOf(whoActs().address ?? '')
  const bySource: Counted[] = source === undefined ? [] : [[families.guesses, `${email}:${source}`]]
  for (const [limit, subject] of bySource) await needs.limits.check(limit, subject)
  if (strangers >= borne) await requireWork(needs, email, strangers / Math.max(1, borne))
  return count(needs, [...bySource, [families.strangers, email]])
}

/**
 * Lets a guess at a code or at the password through that is made by somebody who is signed in; throws 429 where there were too
 * many in that session. It is counted before it is looked at, and for the session alone: neither do strangers keep the owner
 * from protecting the account, nor does whoever has one session keep the owner out of another.
 */
export const admitInSession = (
  needs: Pick<Deps, 'limits'>,
  { account, session }: { account: Pick<Account, 'id'>; session: SignIn },
): Promise<Guess> => count(needs, [[needs.limits.families.session_guesses, `${account.id}:${originOf(session)}`]])

type SignIn = Pick<Session, 'jti' | 'family' | 'grant_id' | 'browser_session'>

/** What a session is renewed from, and applications of a browser are let in by: those who guess get no further budget by it. */
const originOf = ({ jti, family, grant_id, browser_session }: SignIn): string =>
  browser_session ?? grant_id ?? family ?? jti

/** A guess at a code. */
export interface TrustedGuess extends Guess {
  /** Whether a lock does not stand in its way, since the device is known. */
  trusted: boolean
}

/**
 * Lets a guess at a code through of somebody who is not signed in yet; throws 429 where the device, which is known, guessed too
 * often. It is counted before it is looked at. A stranger's wrong codes lock the account as ever, which takes the right password.
 */
export async function admitCode(
  needs: Pick<Deps, 'db' | 'config' | 'ring' | 'limits'>,
  account: Pick<Account, 'id'>,
): Promise<TrustedGuess> {
  if (!(await isTrusted(needs, account))) return { ...UNCOUNTED, trusted: false }
  const guess = await count(needs, [[needs.limits.families.device_guesses, deviceOf(account)]])
  return { ...guess, trusted: true }
}

const deviceOf = ({ id }: Pick<Account, 'id'>): string => `${id}:${whoActs().device}`

type Counted = readonly [limit: Limit, subject: string]

async function count({ limits }: Pick<Deps, 'limits'>, counted: readonly Counted[]): Promise<Guess> {
  for (const [limit, subject] of counted) await limits.spend(limit, subject)
  return {
    takeBack: async () => {
      for (const [limit, subject] of counted) await limits.giveBack(limit, subject)
    },
  }
}

/** Refuses a guess that comes without work, and tells what work there is to do. */
async function requireWork(needs: Needs, email: string, surplus: number): Promise<void> {
  const { proof_of_work: proof } = whoActs()
  if (proof !== undefined && (await isDone(needs, email, proof))) return
  const { BARONG_PROOF_OF_WORK_BITS: bits } = needs.config.values
  const refusal = errors.wantsWork()
  const proof_of_work = newChallenge(needs, email, bits, surplus)
  throw errors.wantsWork({ body: { error: refusal.message, proof_of_work }, headers: { 'retry-after': '0' } })
}
