import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import { revocationFeeds } from './revocations.ts'

const errors = defineErrors('revocations', { closed: [401, 'The feed of revocations needs its token'] })

const Cursor = Type.Object({
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 8_000_000_000_000,
      description:
        'The cursor of an earlier answer: only what is new since, or all where it is older than a quarter of an hour, or none that was given out',
    }),
  ),
})

/** Which tokens ended before their time, for services that verify tokens by themselves. */
export const revocationRoutes =
  (deps: Pick<Deps, 'db' | 'clock' | 'keys' | 'config'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    const { REVOCATION_FEED_TOKEN: secret } = deps.config.values
    const caching = `${secret === undefined ? 'public' : 'private'}, max-age=1`
    const feedAfter = revocationFeeds(deps)
    http.get(
      '/revocations',
      {
        schema: { summary: 'Tokens that ended before their time', tags: ['oauth'], querystring: Cursor },
        onRequest: async ({ headers }) => {
          if (secret === undefined || equalSecrets(headers.authorization ?? '', `Bearer ${secret}`)) return
          throw errors.closed({ headers: { 'www-authenticate': 'Bearer' } })
        },
      },
      async (request, reply) => {
        const feed = await feedAfter(request.query.after)
        // Its signature tells it apart, and need not be worked out for each who asks.
        const etag = `W/"${feed.slice(feed.lastIndexOf('.') + 1)}"`
        return reply.headers({ etag, 'cache-control': caching }).type('application/jwt').send(feed)
      },
    )
  }
