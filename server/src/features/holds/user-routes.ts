import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { listHolds } from './holds.ts'
import { HoldView } from './schema.ts'

/** What the account cannot do for a while, for its owner. */
export const holdRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'List the holds on the account, with the time that is left',
          tags: ['security'],
          response: { 200: Type.Array(HoldView) },
        },
      },
      async (request) => listHolds(deps, callerOf(request).account),
    )
  }
