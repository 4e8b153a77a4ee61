import { availableParallelism } from 'node:os'
import { hash, hashRaw, verify } from '@node-rs/argon2'
import { defineErrors } from '../../lib/errors.ts'
import { normalForm } from '../../lib/normal-form.ts'
import { type QueueLimits, queueOf } from '../../lib/queue.ts'
import { parseForeignHash } from './foreign-hashes.ts'

/** What became of a comparison; `outdated` is right, and the digest should be made anew. */
type PasswordMatch = 'right' | 'outdated' | 'wrong'

/** Hashes passwords with argon2id; recognises hashes that were imported. Time is the same for every wrong answer. */
export interface Passwords {
  /** A PHC string, `$argon2id$…`. */
  hash(password: string): Promise<string>
  /**
   * `digest` undefined: nobody has this account; the work is done all the same and the answer is `wrong`. `arrived` is when
   * they came who wait for it, as `admit` told it.
   */
  match(digest: string | undefined, password: string, arrived?: number): Promise<PasswordMatch>
  /** Throws 503 where a password that comes now would not be compared in time, before anything is looked up for it. */
  admit(): number
  /** What a short secret is kept as, as costly to guess as a password: raw argon2id over a random salt (base64url), in base64url. */
  derive(secret: string, salt: string): Promise<string>
  /** How many are being hashed now, and how many wait for their turn. */
  load(): { running: number; waiting: number }
}

/**
 * The form in which a password is judged, hashed and compared: Unicode's NFKC (NIST SP 800-63B-4, section 3.1.1.2), so
 * that it does not depend on the keyboard that made it. One that is longer than any that can be chosen stays as it was typed.
 */
export const normalizePassword = (password: string): string => normalForm('NFKC', password)

const errors = defineErrors('passwords', { busy: [503, 'The server is busy, please try again in a moment'] })

// OWASP Password Storage Cheat Sheet: argon2id (the library's default) with 19 MiB, 2 passes, 1 lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$'
/** As many at once as there are cores; more would only take longer each. */
const LIMITS: QueueLimits = { width: availableParallelism(), waiting: 512, patience: 700 }

/** Threads of libuv's pool that are left for what must not wait for hashes: signatures of tokens, and files. */
const SPARE_THREADS = 2

/**
 * How many passwords one of so many processes hashes at once: its share of the cores, and never so many that they take up
 * all of its pool of `threads`.
 */
export const hashingWidth = (processes: number, threads: number, cores = availableParallelism()): number =>
  Math.max(1, Math.min(Math.floor(cores / processes), threads - SPARE_THREADS))

/** Hashes within limits and answers 503 with Retry-After beyond them, so that those let in are answered in good time. */
export function createPasswords(limits: Partial<QueueLimits> = {}): Passwords {
  const queue = queueOf({ ...LIMITS, ...limits }, () => errors.busy({ headers: { 'retry-after': '2' } }))
  // A digest of no password: compared with when there is no account, so that a miss costs what a hit costs.
  const nobody = queue.run(() => hash(crypto.randomUUID(), PARAMETERS))
  nobody.catch(() => {})
  return {
    load: queue.load,
    admit: queue.admit,
    hash: (password) => queue.run(() => hash(normalizePassword(password), PARAMETERS)),
    derive: (secret, salt) =>
      queue.run(async () =>
        (await hashRaw(secret, { ...PARAMETERS, salt: Buffer.from(salt, 'base64url') })).toString('base64url'),
      ),
    match: async (digest, password, arrived) => {
      if (digest === undefined) {
        const decoy = await nobody
        await queue.run(() => verify(decoy, normalizePassword(password)), { arrived })
        return 'wrong'
      }
      const normalized = normalizePassword(password)
      if (digest.startsWith(CURRENT))
        return (await queue.run(() => verify(digest, normalized), { arrived })) ? 'right' : 'wrong'
      const foreign = parseForeignHash(digest)
      if (!foreign) return 'wrong'
      // Other programs hash what was typed; our own former parameters, what was normalised.
      const forms = new Set([password, normalized])
      for (const form of forms) if (await queue.run(() => foreign.matches(form))) return 'outdated'
      return 'wrong'
    },
  }
}
