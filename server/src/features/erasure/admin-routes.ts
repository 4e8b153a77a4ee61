import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { actBecause } from '../../platform/acting/acting.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { readAccount } from '../accounts/accounts.ts'
import { refuseProtected, requirePermission } from '../permissions/permissions.ts'
import { eraseAndScrubLater } from './erasure.ts'
import { ErasedUid, Erasure } from './schema.ts'

const errors = defineErrors('erasure', { unconfirmed: [422, 'Confirmation must be the uid of the account'] })

/** Erasing a person; stands behind a guard that asks for the password again. */
export const erasureAdminRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('accounts.erase'), 'before parameters')
    http.post(
      '/:uid/erase',
      {
        schema: {
          summary: 'Erase a person for good, with their data key',
          tags: ['accounts'],
          params: ErasedUid,
          body: Erasure,
          response: { 204: NoContent, 400: ErrorReply, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const { confirmation, reason } = request.body
        const account = await readAccount(deps, request.params.uid)
        refuseProtected(callerOf(request).account, account)
        if (confirmation !== account.uid) throw errors.unconfirmed()
        actBecause(reason)
        await eraseAndScrubLater(deps, account)
        return reply.code(204).send(null)
      },
    )
  }
