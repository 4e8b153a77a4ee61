import { defineErrors } from '../../lib/errors.ts'
import { callerOf } from '../../platform/http/caller.ts'
import type { Guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { type Action, may } from './actions.ts'

const errors = defineErrors('permissions', { denied: [403, 'Your role does not allow this'] })

/** Lets in whoever's role allows the action; stands behind the guard of the account. */
export const requirePermission = (action: Action): Guard => ({
  security: 'BearerToken',
  documents: { 'x-permission': action },
  answers: { 403: ErrorReply },
  check: async (request) => {
    if (!may(callerOf(request).account.role, action)) throw errors.denied()
  },
})
