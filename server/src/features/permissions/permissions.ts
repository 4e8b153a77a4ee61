import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'

/** What can be done by those who run the server, named by what it acts on. */
const ACTIONS = ['applications.read', 'applications.write', 'activities.read'] as const
export type Action = (typeof ACTIONS)[number]

/** The one table of who may do what; a role that is not listed may do nothing. */
const GRANTED: Readonly<Record<string, readonly Action[]>> = {
  admin: ACTIONS,
  compliance: ['activities.read'],
}

const errors = defineErrors('permissions', { denied: [403, 'Your role does not allow this'] })

/** Whether the role may do it. */
const may = (role: string, action: Action): boolean => GRANTED[role]?.includes(action) ?? false

/** Lets in whoever's role allows the action; stands behind the guard of the account. */
export const requirePermission = (action: Action): Guard => ({
  security: 'BearerToken',
  check: async (request) => {
    if (!may(callerOf(request).account.role, action)) throw errors.denied()
  },
})
