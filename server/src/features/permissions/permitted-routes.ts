import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { guard } from '../../platform/http/guards.ts'
import type { Action } from './actions.ts'
import { requirePermission } from './permission-guard.ts'

/** Routes with the permission that lets one in to them, in the order in which they are documented. */
export const permittedRoutes =
  (...parts: readonly [Action, FastifyPluginAsyncTypebox][]): FastifyPluginAsyncTypebox =>
  async (http) => {
    for (const [action, routes] of parts)
      await http.register(async (closed: Parameters<FastifyPluginAsyncTypebox>[0]) => {
        guard(closed, requirePermission(action), 'before parameters')
        await closed.register(routes)
      })
  }
