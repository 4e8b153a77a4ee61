import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { actBecause } from '../../platform/acting/acting.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { requirePermission } from '../permissions/permissions.ts'
import { changeLevels, readLevels } from './level-changes.ts'
import { LevelsChange, LevelsView, UsedLabels, UsedLabelsQuery } from './schema.ts'
import { listUsedLabels } from './used-labels.ts'

const tags = ['levels']

/** The levels, for those who review people by them. */
export const levelRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('levels.read'), 'before parameters')
    http.get('/', { schema: { summary: 'Show the levels', tags, response: { 200: LevelsView } } }, async () =>
      readLevels(deps),
    )
  }

/** Changes of the levels; stands behind a guard that asks for the password again. */
export const levelChangeRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('levels.write'), 'before parameters')
    http.put(
      '/',
      {
        schema: {
          summary: 'Replace the levels; accounts are brought in line in the background',
          tags,
          body: LevelsChange,
          response: { 200: LevelsView, 403: ErrorReply, 409: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => {
        const { reason, ...change } = request.body
        actBecause(reason)
        return changeLevels(deps, change)
      },
    )
  }

/** Which labels there are, and how many accounts have each. */
export const labelOverviewRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission('levels.read'), 'before parameters')
    http.get(
      '/',
      {
        schema: {
          summary: 'List the labels in use, by scope, key and value',
          tags,
          querystring: UsedLabelsQuery,
          response: { 200: UsedLabels, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request) => listUsedLabels(deps, request.query),
    )
  }
