import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ownReview } from './reviews.ts'
import { OwnReview } from './schema.ts'

/** How far the review of one's documents is. */
export const reviewRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/me',
      {
        schema: {
          summary: 'Tell how far the review of the documents is, and what was decided why',
          tags: ['documents'],
          response: { 200: OwnReview },
        },
      },
      async (request) => ownReview(deps, callerOf(request).account),
    )
  }
