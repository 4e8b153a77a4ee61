import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { type Guard, isReading } from '../../platform/http/guards.ts'
import { type Action, may } from './actions.ts'

export { type Action, actions, actionsOf, may, ROLES } from './actions.ts'

const errors = defineErrors('permissions', {
  denied: [403, 'Your role does not allow this'],
  secondFactor: [403, 'Your account needs a second factor for this'],
})

/** Lets in whoever's role allows the action; stands behind the guard of the account. */
export const requirePermission = (action: Action): Guard => ({
  security: 'BearerToken',
  documents: { 'x-permission': action },
  check: async (request) => {
    if (!may(callerOf(request).account.role, action)) throw errors.denied()
  },
})

/** Refuses changes by staff without a second factor, as STAFF_SECOND_FACTOR says; stands behind the guard of the account. */
export const requireStaffSecondFactor = ({ config }: Pick<Deps, 'config'>): Guard => ({
  security: 'BearerToken',
  check: async (request) => {
    const { STAFF_SECOND_FACTOR: rule } = config.values
    const required = rule === 'required' || (rule === 'production' && config.production)
    if (!required || isReading(request)) return
    if (callerOf(request).account.otp_enabled_at === null) throw errors.secondFactor()
  },
})
