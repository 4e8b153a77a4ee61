import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { callerOf } from '../../platform/http/caller.ts'
import { actions, actionsOf } from './permissions.ts'
import { PermissionsView } from './schema.ts'

/** What the caller may do; for anybody who is signed in, so that the console knows what to show. */
export const permissionAdminRoutes: FastifyPluginAsyncTypebox = async (http) => {
  http.get(
    '/',
    {
      schema: {
        summary: 'Tell the role of the caller and what it allows',
        tags: ['permissions'],
        response: { 200: PermissionsView },
      },
    },
    async (request) => {
      const { role } = callerOf(request).account
      return { role, actions: actionsOf(role).map((name) => ({ name, description: actions[name] })) }
    },
  )
}
