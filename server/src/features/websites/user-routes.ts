import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { PublicWebsite } from './schema.ts'
import { publicView, type Websites } from './websites.ts'

/** How the host that was asked looks, for pages of one's own. */
export const websiteRoutes =
  ({ config }: Pick<Deps, 'config'>, websites: Websites): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/',
      {
        schema: {
          summary: 'Show how pages look under this host',
          tags: ['website'],
          response: { 200: PublicWebsite },
        },
      },
      async (request) => publicView(websites.find(request.headers.host), config.values.APP_NAME),
    )
  }
