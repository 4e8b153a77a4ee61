import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { actBecause } from '../../platform/acting/acting.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { findAccountByUid } from '../accounts/accounts.ts'
import { isStaff } from '../permissions/permissions.ts'
import { eraseAndScrubLater } from './erasure.ts'
import { AskedErasure, Erased } from './schema.ts'

const errors = defineErrors('erasure', {
  notFound: [404, 'Record is not found'],
  staff: [422, 'Accounts of the staff are not erased by services'],
  reason: [422, 'Reason is too long (maximum is 500 characters)'],
})

const MAX_REASON = 500

/** Erasing a person as services ask for it. */
export const erasureManagementRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/erase',
      {
        schema: {
          summary: 'Erases a person for good, with their data key',
          description: 'Nothing brings the person back. Closed accounts can be erased, too.',
          tags: ['accounts'],
          body: AskedErasure,
          response: { 201: Erased, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const { account_uid, reason } = request.body
        if (reason.length > MAX_REASON) throw errors.reason()
        const account = await findAccountByUid(deps.db, account_uid)
        if (!account) throw errors.notFound()
        if (isStaff(account.role)) throw errors.staff()
        actBecause(reason)
        await eraseAndScrubLater(deps, account)
        return reply.code(201).send({ account_uid: account.uid })
      },
    )
  }
