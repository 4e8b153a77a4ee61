import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { type Guard, isReading } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { freshUntil } from './freshness.ts'

const errors = defineErrors('sessions', { stale: [403, 'Please confirm your password'] })

type Needs = Pick<Deps, 'clock' | 'config'>

/**
 * Asks for the password again before a dangerous change when it was given longer than SUDO_LIFETIME ago; stands behind the
 * guard of the account. The challenge is that of RFC 9470, section 3, with a status that nobody takes for a sign-out.
 */
export const requireFresh = (needs: Needs): Guard => requireFreshFor(needs, needs.config.values.SUDO_LIFETIME)

/** The same for what the staff does day by day, within STAFF_SUDO_LIFETIME; asks nobody where that is 0. */
export const requireFreshStaff = (needs: Needs): Guard => {
  const { STAFF_SUDO_LIFETIME } = needs.config.values
  return STAFF_SUDO_LIFETIME === 0
    ? { security: 'BearerToken', check: () => {} }
    : requireFreshFor(needs, STAFF_SUDO_LIFETIME)
}

/** `lifetime` in seconds. */
const requireFreshFor = (needs: Needs, lifetime: number): Guard => ({
  security: 'BearerToken',
  answers: { 403: ErrorReply },
  check: async (request) => {
    if (isReading(request) || needs.clock.now() < freshUntil(needs, callerOf(request).session, lifetime)) return
    const challenge = `Bearer realm="Barong", error="insufficient_user_authentication", max_age="${lifetime}"`
    throw errors.stale({ headers: { 'www-authenticate': challenge } })
  },
})
