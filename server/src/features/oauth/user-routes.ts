import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, NoContent } from '../../platform/http/replies.ts'
import { listAuthorizedApplications, revokeAuthorizedApplication } from './authorized-applications.ts'
import { AuthorizedApplication, AuthorizedApplicationUid } from './schema.ts'

const tags = ['authorized_applications']

/** The applications an account holder let in, and how to show them out. */
export const authorizedApplicationRoutes =
  (deps: Pick<Deps, 'db' | 'clock' | 'ring' | 'outbox'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List the applications that were let in',
          tags,
          response: { 200: Type.Array(AuthorizedApplication) },
        },
      },
      async (request) => listAuthorizedApplications(deps, callerOf(request).account),
    )
    http.delete(
      '/:uid',
      {
        schema: {
          summary: 'Take back what an application was allowed; its tokens end',
          tags,
          params: AuthorizedApplicationUid,
          response: { 204: NoContent, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        await revokeAuthorizedApplication(deps, callerOf(request).account, request.params.uid)
        return reply.code(204).send(null)
      },
    )
  }
