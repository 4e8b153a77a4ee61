import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { equalSecrets } from '../../platform/crypto/compare.ts'
import { isOutdated, revocationFeed, wholeFeed } from './revocations.ts'

const errors = defineErrors('revocations', { closed: [401, 'The feed of revocations needs its token'] })

const Cursor = Type.Object({
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 8_000_000_000_000,
      description:
        'The cursor of an earlier answer: only what is new since, or all where it is older than a quarter of an hour',
    }),
  ),
})

/** Which tokens ended before their time, for services that verify tokens by themselves. */
export const revocationRoutes =
  (deps: Pick<Deps, 'db' | 'clock' | 'keys' | 'config'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    const { REVOCATION_FEED_TOKEN: secret } = deps.config.values
    const caching = `${secret === undefined ? 'public' : 'private'}, max-age=1`
    const whole = wholeFeed(deps)
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
        const { after } = request.query
        const feed = await (after === undefined || isOutdated(deps, after) ? whole() : revocationFeed(deps, after))
        return reply.header('cache-control', caching).type('application/jwt').send(feed)
      },
    )
  }
