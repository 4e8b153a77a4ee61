import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { type Guard, isReading } from '../../platform/http/guards.ts'
import { freshUntil } from './freshness.ts'

const errors = defineErrors('sessions', { stale: [403, 'Please confirm your password'] })

/**
 * Asks for the password again before a dangerous change when it was given longer than SUDO_LIFETIME ago; stands behind the
 * guard of the account. The challenge is that of RFC 9470, section 3, with a status that nobody takes for a sign-out.
 */
export const requireFresh = (deps: Pick<Deps, 'clock' | 'config'>): Guard => ({
  security: 'BearerToken',
  check: async (request) => {
    if (isReading(request) || deps.clock.now() < freshUntil(deps, callerOf(request).session)) return
    const { SUDO_LIFETIME } = deps.config.values
    const challenge = `Bearer realm="Barong", error="insufficient_user_authentication", max_age="${SUDO_LIFETIME}"`
    throw errors.stale({ headers: { 'www-authenticate': challenge } })
  },
})
