import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { type Guard, isReading } from '../../platform/http/guards.ts'
import { may } from './actions.ts'
import { hasPasskey } from './store.ts'

export { type Action, actions, actionsOf, may, ROLES } from './actions.ts'
export { type Lens, lensOf } from './masking.ts'
export { requirePermission } from './permission-guard.ts'
export { permittedRoutes } from './permitted-routes.ts'

const errors = defineErrors('permissions', {
  secondFactor: [403, 'Your account needs a second factor for this'],
  own: [403, 'Your own account cannot be changed here'],
  staff: [403, 'Only administrators act on accounts of the staff'],
})

/** Whether the role is one of those who run the server. */
export const isStaff = (role: string): boolean => role !== 'member'

/**
 * Refuses changes by staff that has neither an authenticator app nor a passkey, as STAFF_SECOND_FACTOR says; stands behind
 * the guard of the account.
 */
export const requireStaffSecondFactor = ({ config, db }: Pick<Deps, 'config' | 'db'>): Guard => ({
  security: 'BearerToken',
  check: async (request) => {
    const { STAFF_SECOND_FACTOR: rule } = config.values
    const required = rule === 'required' || (rule === 'production' && config.production)
    if (!required || isReading(request)) return
    const { id, otp_enabled_at } = callerOf(request).account
    if (otp_enabled_at === null && !(await hasPasskey(db, id))) throw errors.secondFactor()
  },
})

/** Refuses what would be done to one's own account, or by others than administrators to a colleague's. */
export function refuseProtected(actor: Pick<Account, 'id' | 'role'>, target: Pick<Account, 'id' | 'role'>): void {
  if (actor.id === target.id) throw errors.own()
  if (isStaff(target.role) && !may(actor.role, 'accounts.change_role')) throw errors.staff()
}

/** Whether {@link refuseProtected} would refuse. */
export const isProtected = (actor: Pick<Account, 'id' | 'role'>, target: Pick<Account, 'id' | 'role'>): boolean =>
  actor.id === target.id || (isStaff(target.role) && !may(actor.role, 'accounts.change_role'))
