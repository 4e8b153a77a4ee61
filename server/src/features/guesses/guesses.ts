import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import type { Account } from '../../platform/db/schema.ts'
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
export const isTrusted = async (needs: Needs, account: Pick<Account, 'id'>): Promise<boolean> =>
  countsByDevice(needs) && isKnownDevice(needs, needs.db, account.id)

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
 * Whether a lock does not stand in the way of a code, since the device is known; throws 429 where it guessed too often. A
 * stranger's wrong codes lock the account as ever, which takes the right password.
 */
export async function admitCode(needs: Needs, account: Pick<Account, 'id'>): Promise<boolean> {
  const trusted = await isTrusted(needs, account)
  if (trusted) await needs.limits.check(needs.limits.families.device_guesses, deviceOf(account))
  return trusted
}

/** Counts a wrong code for the device that sent it. */
export async function noteWrongCode(needs: Needs, account: Pick<Account, 'id'>): Promise<void> {
  if (await isTrusted(needs, account)) await needs.limits.note(needs.limits.families.device_guesses, deviceOf(account))
}

const deviceOf = ({ id }: Pick<Account, 'id'>): string => `${id}:${whoActs().device}`

type Counted = readonly [limit: Limit, subject: string]

async function count({ limits }: Needs, counted: readonly Counted[]): Promise<Guess> {
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
