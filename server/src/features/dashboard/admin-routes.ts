import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { figures } from './dashboard.ts'
import { DashboardQuery, DashboardView } from './schema.ts'

const DEFAULT_DAYS = 14

/** What happens here, in figures. */
export const dashboardRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('dashboard.read'), 'before parameters')
    http.get(
      '/',
      {
        schema: {
          summary: 'Figures of the last days: sign-ups, sign-ins, failures, review times, levels',
          tags: ['dashboard'],
          querystring: DashboardQuery,
          response: { 200: DashboardView, 422: ErrorReply },
        },
      },
      async (request) => figures(deps, request.query.days ?? DEFAULT_DAYS),
    )
  }
