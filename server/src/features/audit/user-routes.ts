import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { listOwnActivities } from './activities.ts'
import { ActivityQuery, ActivityView } from './schema.ts'

/** What happened to an account. */
export const activityRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List what happened to the account, newest first',
          tags: ['activities'],
          querystring: ActivityQuery,
          response: { 200: Type.Array(ActivityView), 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => listOwnActivities(deps, callerOf(request).account, request.query),
    )
  }
