import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fieldOf } from '../../platform/http/pages.ts'
import type { Websites } from './websites.ts'

const YEAR = 'public, max-age=31536000, immutable'
const NOTHING = '/* Nothing is set for this host. */\n'

/** Style sheet and logo of a website; pages name them by their version, so that browsers may keep them. */
export const websiteFileRoutes =
  (websites: Websites) =>
  async (http: FastifyInstance): Promise<void> => {
    http.get('/styles.css', async (request, reply) => {
      const found = websites.find(request.headers.host)
      return kept(request, reply, found?.version)
        .type('text/css; charset=utf-8')
        .send(found?.styles ?? NOTHING)
    })
    http.get('/logo.png', async (request, reply) => {
      const found = websites.find(fieldOf(request.query, 'domain') || request.headers.host)
      if (!found?.logo) return reply.callNotFound()
      return kept(request, reply, found.version).type('image/png').send(found.logo)
    })
  }

/** What is asked for by another version than the present one may be kept by nobody. */
const kept = (request: FastifyRequest, reply: FastifyReply, version: string | undefined): FastifyReply =>
  reply.header('cache-control', fieldOf(request.query, 'v') === version && version !== undefined ? YEAR : 'no-store')
