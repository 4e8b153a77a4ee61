import { createHash } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { MINUTE } from '../../lib/clock.ts'
import { urlToken } from '../../lib/ids.ts'
import { leadingZeros } from '../../lib/leading-zeros.ts'

type Needs = Pick<Deps, 'clock' | 'ring' | 'limits'>

/** Work to be done before a password is looked at. */
export interface Challenge {
  algorithm: 'SHA-256'
  /** To be sent back before a colon and the number that was found. */
  challenge: string
  /** Bits that must be 0 at the beginning of SHA-256 over the challenge, a colon and the number. */
  difficulty: number
}

/** How long somebody may work. */
const LIFETIME = 5 * MINUTE
const ONCE = { family: 'proof_of_work', rates: [{ count: 1, window: 2 * LIFETIME }] } as const
const PURPOSE = 'proof-of-work'
const MOST = 26

/**
 * A challenge for guesses at one account; nothing is stored of it. `surplus` says how many times the guesses are more than
 * what is borne without: each doubling doubles the work.
 */
export function newChallenge({ clock, ring }: Needs, subject: string, bits: number, surplus: number): Challenge {
  const difficulty = Math.min(MOST, bits + Math.floor(Math.log2(Math.max(1, surplus))))
  const terms = `${difficulty}.${clock.now() + LIFETIME}.${urlToken(12)}`
  const challenge = `${terms}.${ring.digest(PURPOSE, textOf(subject, terms))}`
  return { algorithm: 'SHA-256', challenge, difficulty }
}

/** Whether the work was done, for this account, in time and for the first time. `proof` is `challenge:number`. */
export async function isDone({ clock, ring, limits }: Needs, subject: string, proof: string): Promise<boolean> {
  const [challenge = '', number = ''] = proof.split(':')
  const [bits = '', until = '', nonce = '', signature = '', ...more] = challenge.split('.')
  // What is appended would make further ones of a challenge.
  if (!/^\d{1,16}$/.test(number) || more.length > 0) return false
  if (!ring.recognises(PURPOSE, textOf(subject, `${bits}.${until}.${nonce}`), signature)) return false
  if (!(clock.now() < Number(until))) return false
  const hash = createHash('sha256').update(`${challenge}:${number}`).digest()
  if (leadingZeros(hash) < Number(bits)) return false
  return limits.spend(ONCE, challenge).then(
    () => true,
    () => false,
  )
}

const textOf = (subject: string, terms: string): string => JSON.stringify([subject, terms])
