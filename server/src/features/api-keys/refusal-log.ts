import type { Deps } from '../../deps.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { MINUTE } from '../../lib/clock.ts'
import type { Refusal } from '../../lib/errors.ts'
import { networkOf } from '../../lib/network-of.ts'
import { whoActs } from '../../platform/acting/acting.ts'
import { recordRefusal } from './token-exchange.ts'

/** How long the same refusal is not recorded again. */
const QUIET = 10 * MINUTE
/** Refusals that a process remembers. */
const REMEMBERED = 10_000

/**
 * Records refusals of a key's requests: the first of a kind from a network, then none for ten minutes. Who knows a key's id,
 * which is no secret, can cause as many as they like.
 */
export function refusalLog(
  needs: Pick<Deps, 'db' | 'clock' | 'limits'>,
): (uid: string, refused: Refusal) => Promise<void> {
  const quietUntil = new BoundedMap<string, number>(REMEMBERED)
  return async (uid, refused) => {
    const kind = `${uid} ${refused.code} ${networkOf(whoActs().address ?? '')}`
    const now = needs.clock.now()
    if ((quietUntil.get(kind) ?? 0) > now) return
    quietUntil.set(kind, now + QUIET)
    try {
      await recordRefusal(needs, uid, refused)
    } catch (error) {
      quietUntil.delete(kind)
      throw error
    }
  }
}
